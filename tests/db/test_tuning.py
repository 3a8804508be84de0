"""Settings of the embedded server follow the machine's memory."""

import pytest

from heritage.db.tuning import memory_mib, server_settings


@pytest.mark.parametrize(("memory", "buffers"), [(512, "64MB"), (2048, "128MB"), (24576, "1024MB"), (10**6, "1024MB")])
def test_buffers_stay_between_their_bounds(memory, buffers):
    assert server_settings(durable=True, memory=memory)["shared_buffers"] == buffers


def test_only_tests_give_up_durability():
    assert "fsync" not in server_settings(durable=True, memory=2048)
    assert server_settings(durable=False, memory=2048)["fsync"] == "off"


def test_no_network_whatever_the_memory():
    for memory in (1, 10**6):
        assert server_settings(durable=True, memory=memory)["listen_addresses"] == ""


def test_memory_is_plausible():
    assert 100 < memory_mib() < 10**8
