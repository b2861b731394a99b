"""Payloads that model servers and their loggers emit, one format per file. Imports `samples` and below."""

from ..registry import table_of
from ._base import PayloadFormat
from ._llm import FORMATS as LLM_FORMATS
from .azure import FORMAT as AZURE
from .bare import FORMAT as BARE
from .bedrock import FORMAT as BEDROCK
from .bentoml import FORMAT as BENTOML
from .databricks import FORMAT as DATABRICKS
from .evidently import FORMAT as EVIDENTLY
from .exchange import FORMAT as EXCHANGE
from .kong import FORMAT as KONG
from .kserve import FORMAT as KSERVE
from .litellm import FORMAT as LITELLM
from .modelmesh import FORMAT as MODELMESH
from .openai_batch import FORMAT as OPENAI_BATCH
from .otlp_span import FORMAT as OTLP_SPAN
from .sagemaker import FORMAT as SAGEMAKER
from .seldon import FORMAT as SELDON
from .tensorflow import FORMAT as TENSORFLOW
from .torchserve import FORMAT as TORCHSERVE
from .vertex import FORMAT as VERTEX

# The first format that recognises a document has it. Formats with common names are asked last, see `is_generic`.
PAYLOADS = table_of(PayloadFormat, vars()) | LLM_FORMATS
