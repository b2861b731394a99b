"""Metric families about models, one group a file; each line registers one. Imports `explain` and below."""

from ..registry import table_of
from ._base import ModelGroup
from .attributions import GROUP as ATTRIBUTIONS
from .buckets import GROUP as BUCKETS
from .challengers import GROUP as CHALLENGERS
from .components import GROUP as COMPONENTS
from .concept_drift import GROUP as CONCEPT_DRIFT
from .costs import GROUP as COSTS
from .decisions import GROUP as DECISIONS
from .drift import GROUP as DRIFT
from .estimated_performance import GROUP as ESTIMATED_PERFORMANCE
from .event_times import GROUP as EVENT_TIMES
from .explanations import GROUP as EXPLANATIONS
from .importance import GROUP as IMPORTANCE
from .joint import GROUP as JOINT
from .llm import GROUP as LLM
from .maturity import GROUP as MATURITY
from .outliers import GROUP as OUTLIERS
from .performance import GROUP as PERFORMANCE
from .process import GROUP as PROCESS
from .quality import GROUP as QUALITY
from .reference import GROUP as REFERENCE_BUCKETS
from .reference import SUMMARY as REFERENCE
from .schema import GROUP as SCHEMA
from .slices import GROUP as SLICES
from .slo import GROUP as SLO
from .traffic import GROUP as TRAFFIC
from .values import GROUP as VALUES

# The order of the imports is the order of collectors in a scrape. The golden files hold it, since
# a diff of two scrapes is easier to read when families stay in place.
GROUPS = table_of(ModelGroup, vars())
