"""Which component part is how far from which reported place."""
