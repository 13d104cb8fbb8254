"""What the command line knows of each command: options, help and examples. Nothing heavy is imported for it."""
