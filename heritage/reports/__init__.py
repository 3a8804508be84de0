"""Who says what: documents, sources, and claims with their grades."""
