"""Sixty-four plain words that code words are made of: short, far from one another, and saying nothing."""

WORDS: tuple[str, ...] = (
    "amber", "apple", "arrow", "autumn", "basket", "bell", "birch", "bridge", "candle", "carpet", "cedar", "chalk",
    "cherry", "cloud", "copper", "cotton", "desk", "dove", "eagle", "echo", "feather", "fig", "flute", "garden",
    "ginger", "glass", "harbour", "hazel", "honey", "island", "ivory", "jasmine", "kettle", "ladder", "lamp", "lemon",
    "linen", "maple", "meadow", "melon", "mint", "needle", "olive", "onion", "orange", "paper", "pearl", "pencil",
    "pepper", "plum", "quartz", "rabbit", "river", "rose", "saffron", "shell", "silver", "spoon", "thread", "tulip",
    "valley", "velvet", "walnut", "willow",
)  # fmt: skip
