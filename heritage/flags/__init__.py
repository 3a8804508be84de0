"""Rules, scores, levels, explanations and their history."""
