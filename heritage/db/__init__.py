"""Engine and session, the embedded server, column types, migrations, the queue."""
