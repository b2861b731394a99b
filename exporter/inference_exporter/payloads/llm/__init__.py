"""The bodies of language models' APIs, one API per file; each line registers one."""

from ...registry import table_of
from ._base import LlmBodies
from .openai_chat import BODIES as OPENAI_CHAT

LLM_BODIES = table_of(LlmBodies, vars())
