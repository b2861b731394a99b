"""The bodies of language models' APIs, one API per file; each line registers one."""

from ...registry import table_of
from ._base import LlmBodies
from .anthropic_messages import BODIES as ANTHROPIC_MESSAGES
from .bedrock_converse import BODIES as BEDROCK_CONVERSE
from .cohere_chat import BODIES as COHERE_CHAT
from .gemini import BODIES as GEMINI
from .ollama import BODIES as OLLAMA
from .openai_chat import BODIES as OPENAI_CHAT
from .openai_completions import BODIES as OPENAI_COMPLETIONS
from .openai_embeddings import BODIES as OPENAI_EMBEDDINGS
from .openai_responses import BODIES as OPENAI_RESPONSES
from .tgi import BODIES as TGI
from .triton_generate import BODIES as TRITON_GENERATE

# In the order in which they are asked, see `ByNames`.
LLM_BODIES = table_of(LlmBodies, vars())
