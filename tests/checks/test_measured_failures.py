"""Forty real results that failed, read by a person: whose failure each is."""

from pathlib import Path

import pytest

from reviewer.checks.measuring.failures import failures_of
from reviewer.sources.measurements.reading import read_file_measurements

ENVIRONMENT = (
    "state/vllm_core-a40b2039/vllm_core-0021/test_results.json",
    "state/vllm_core-aed20220/vllm_core-0057/test_results.json",
    "state/vllm_core-84ca0ad4/vllm_core-0058/test_results.json",
    "state/vllm_core-aed20220/vllm_core-0065/test_results.json",
    "state/vllm_core-aed20220/vllm_core-0004/test_results.json",
    "state/vllm_core-a40b2039/vllm_core-0033/test_results.json",
    "state/vllm_core-aed20220/vllm_core-0008/test_results.json",
    "state/vllm_core-8e54a51a/vllm_core-0006/test_results.json",
    "state/vllm_core-9641716f/vllm_core-0086/test_results.json",
    "later/vllm/claude_code/default/2025-12-23_04-37-32/vllm_core-0063/test_results.json",
    "later/vllm/claude_code/default/2025-12-23_04-37-32/vllm_core-0035/test_results.json",
    "later/vllm/claude_code/default/2025-12-23_04-37-32/vllm_core-0016/test_results.json",
    "later/vllm/claude_code/default/2025-12-23_04-37-32/vllm_core-0043/test_results.json",
    "later/vllm/claude_code/default/2025-12-23_04-37-32/vllm_core-0010/test_results.json",
    "three_way/claude_code/results/modal/21d93c14/benchmark_result.json",
    "three_way/claude_code/results/modal/3b61cb45/benchmark_result.json",
    "three_way/claude_code/results/separate_agent/e7b20426_agent_result.json",
    "three_way/trae_gpt5/results/21d93c14_agent_result.json",
    "three_way/trae_gpt5/results/83450458_agent_result.json",
    "three_way/claude_code/results/docker/2f192835_result.json",
    "three_way/claude_code/results/separate_baseline/dcc6cfb9_baseline_result.json",
    "three_way/claude_code/results/separate_baseline/19d98e0c_baseline_result.json",
    "three_way/claude_code/results/separate_agent/e493e485_agent_result.json",
    "three_way/trae_gpt5/results/9f1710f1_agent_result.json",
    "three_way/trae_gpt5/results/3476ed08_agent_result.json",
    "three_way/claude_code/results/separate_agent/3092375e_agent_result.json",
    "three_way/claude_code/results/modal/b2e0ad3b/benchmark_result.json",
    "three_way/trae_gpt5/results/0ec82edd_human_result.json",
    "three_way/claude_code/results/modal/bfdb1ba5/benchmark_result.json",
    "three_way/trae_gpt5/results/b10e5198_agent_result.json",
    "three_way/claude_code/results/modal/8c1e77fb/benchmark_result.json",
    "three_way/claude_code/results/80aa7e91_human_result.json",
    "three_way/claude_code/results/modal/22dd9c27/benchmark_result.json",
    "three_way/claude_code/results/modal/dcc6cfb9/benchmark_result.json",
    "three_way/claude_code/results/modal/8aa1485f/benchmark_result.json",
    "three_way/claude_code/results/separate_baseline/e206b543_baseline_result.json",
)
"""The machine, an image, a build or the benchmark failed, or the base did."""

UNKNOWN = (
    "three_way/claude_code/results/modal/6dd94dbe/benchmark_result.json",
    "three_way/claude_code/results/separate_agent/8d75fe48_agent_result.json",
    "three_way/claude_code/results/separate_agent/2a052011_agent_result.json",
    "three_way/trae_gpt5/results/b690e348_agent_result.json",
)
"""The patched side gave nothing, without a reason or without a base beside it; here the human's change failed too."""


@pytest.mark.parametrize(
    ("file", "blame"),
    [*((file, "environment") for file in ENVIRONMENT), *((file, "unknown") for file in UNKNOWN)],
)
def test_whose_failure_a_real_result_is(isobench: Path, file: str, blame: str) -> None:
    (measurement,) = read_file_measurements(isobench / "measurements" / file).measurements
    failures = failures_of(measurement)
    assert max(failures, key=lambda failure: failure.side == "agent").blame == blame
