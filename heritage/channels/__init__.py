"""How a message leaves: one module and one line for each way."""
