"""Reading an article by rules: text, dates, places, events, and who says so. Pure; a person confirms what it drafts."""
