"""Field types and validators that every feature's forms share."""
