"""Results of compiling, kept by the content of everything that they depend on."""

from somac.compiler.cache.entry import Entry
from somac.compiler.cache.key import key_of_call, key_of_command
from somac.compiler.cache.store import Store
from somac.compiler.cache.use import chosen_store, taken_or_made

__all__ = ["Entry", "Store", "chosen_store", "key_of_call", "key_of_command", "taken_or_made"]
