"""What is said, to whom: the summary of a day."""
