"""The record of what was done: imports, refusals."""
