"""Documents around payloads, one per file; each line registers one."""

from ...registry import table_of
from ._base import Envelope
from .aws_records import ENVELOPE as AWS_RECORDS
from .cloudevent import ENVELOPE as CLOUDEVENT
from .cloudwatch import ENVELOPE as CLOUDWATCH
from .debezium import ENVELOPE as DEBEZIUM
from .eventbridge import ENVELOPE as EVENTBRIDGE
from .eventgrid import ENVELOPE as EVENTGRID
from .firehose import ENVELOPE as FIREHOSE
from .kafka_connect import ENVELOPE as KAFKA_CONNECT
from .kserve_blob import ENVELOPE as KSERVE_BLOB
from .log_batches import ENVELOPE as LOG_BATCHES
from .log_line import ENVELOPE as LOG_LINE
from .modelmesh import ENVELOPE as MODELMESH
from .otlp_logs import ENVELOPE as OTLP_LOGS
from .otlp_traces import ENVELOPE as OTLP_TRACES
from .pubsub import ENVELOPE as PUBSUB
from .sns import ENVELOPE as SNS

ENVELOPES = table_of(Envelope, vars())
