"""The sections of the statistics, by the name with which they are asked for."""

SECTIONS = {
    "summary": "what the figures are about, the four rates and the end of the funnel, in ten lines",
    "success": "the four rates in three readings, over all attempts and over those that acted; bounds, pass@k",
    "funnel": "from marked success to true success, level by level",
    "samples": "rates that a queue drawn at random gives",
    "defects": "what is wrong with patches, files beside the human's, with and without twins",
    "measured": "what benchmarks measured",
    "errors": "how attempts died",
    "spread": "quartiles of steps, tokens, cost, sizes",
    "labels": "how far labelling is, verdicts, agreement, suggestions taken",
    "checks": "checks and judges against gold, and what each check answered",
    "parts": "agents, models, days, prompts",
    "commits": "commit by commit, and what happened in each run",
    "runs": "run by run",
}
"""Each with what is in it, in the order in which they are written."""
