"""The embedded server's settings: small enough for a 2 GB machine, larger where there is room."""

import os
from pathlib import Path

MIB = 1024 * 1024
MAX_CONNECTIONS = 100


def memory_mib() -> int:
    """Memory this program may count on, in MiB: the machine's, or the container's limit when that is lower."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue  # not there, or "max"
    return total // MIB


def server_settings(*, durable: bool, memory: int | None = None) -> dict[str, str]:
    """Every setting the server is started with, for this start only: none is kept in its own files.

    Args:    durable: False gives up safety against a crash of the machine (tests).  memory: in MiB, by default asked.
    Returns: PostgreSQL setting names and values.
    """
    memory = memory_mib() if memory is None else memory
    settings = {
        "listen_addresses": "",
        # Relative to the data folder, so that neither its length nor the folders above it matter.
        "unix_socket_directories": "../socket",
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": str(MAX_CONNECTIONS),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "jit": "off",  # costs more than it saves on queries of milliseconds
        "shared_buffers": f"{_between(memory // 16, 64, 1024)}MB",
        "effective_cache_size": f"{_between(memory // 2, 256, 16384)}MB",
        "work_mem": f"{_between(memory // 512, 4, 32)}MB",
        "maintenance_work_mem": f"{_between(memory // 32, 64, 512)}MB",
        # No replica ever follows this server, so what is filled and indexed in one transaction needs no second writing.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "wal_compression": "on",
        "max_wal_size": f"{_between(memory // 8, 256, 2048)}MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        # Row values stay out of the log: it may be read by more people than the rows. What a statement did wrong the
        # program is told; some of those sentences quote the value.
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
    }
    if _small_shared_memory():
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
    return settings


def _small_shared_memory() -> bool:
    """Containers often have 64 MB of /dev/shm, too little for a parallel query."""
    try:
        status = os.statvfs("/dev/shm")
    except OSError:
        return True
    return status.f_bavail * status.f_frsize < 256 * MIB


def _between(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
