"""When work is due, who may say so, and the ledger of what became of it; the work itself is in heritage.jobs."""
