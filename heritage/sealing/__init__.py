"""What is kept encrypted: the key ring, reading by two persons, the vault of reporters."""
