"""What ``make_sample.py`` writes the sample with; nothing of the program imports this."""
