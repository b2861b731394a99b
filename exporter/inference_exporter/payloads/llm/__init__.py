"""The bodies of language models' APIs, one API per file; each line registers one."""

from ...registry import table_of
from ._base import LlmBodies
from .anthropic_messages import BODIES as ANTHROPIC_MESSAGES
from .gemini import BODIES as GEMINI
from .ollama import BODIES as OLLAMA
from .openai_chat import BODIES as OPENAI_CHAT
from .openai_completions import BODIES as OPENAI_COMPLETIONS
from .openai_embeddings import BODIES as OPENAI_EMBEDDINGS
from .openai_responses import BODIES as OPENAI_RESPONSES
from .tgi import BODIES as TGI

# In the order in which they are asked, see `ByNames`.
LLM_BODIES = table_of(LlmBodies, vars())
