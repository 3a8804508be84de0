"""Settings: typed, with unknown names refused, and secrets that stay secret."""

import stat
from pathlib import Path

import pytest

from heritage.core.errors import InvalidInput
from heritage.feeds import registry as feeds_registry
from heritage.flags.rules_file import load_rules
from heritage.settings import Settings, data_dir, load_settings, private_folder


def test_every_setting_without_a_default_is_named_in_the_file_and_every_default_is_a_setting() -> None:
    text = (data_dir("config") / "default.toml").read_text()
    assert [name for name in Settings.model_fields if name not in text] == []


def test_an_environment_variable_wins_over_the_file(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('mail_from = "file@example.org"\nweb_threads = 3\n')
    settings = load_settings({"HERITAGE_CONFIG": str(own), "HERITAGE_WEB_THREADS": "5"})
    assert (settings.mail_from, settings.web_threads) == ("file@example.org", 5)


def test_a_list_is_words_with_commas() -> None:
    settings = load_settings({"HERITAGE_TRUSTED_HOSTS": "a.example, b.example"})
    assert settings.trusted_hosts == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HERITAGE_DATABSE_URL": "x"}, "HERITAGE_DATABSE_URL"),
        ({"HERITAGE_WEB_THREADS": "many"}, "web_threads"),
        ({"HERITAGE_CONFIG": "/nowhere/at/all.toml"}, "cannot be read"),
        ({"HERITAGE_SECRET_KEY_FILE": "/nowhere/at/all"}, "cannot be read"),
        ({"HERITAGE_SECRET_KEY": "x" * 31}, "secret_key: .*at least 32 random characters"),
    ],
)
def test_a_wrong_name_or_value_is_refused_by_name(environ: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        load_settings(environ)


def test_an_unknown_key_in_a_file_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("web_thread = 3\n")
    with pytest.raises(InvalidInput, match="web_thread"):
        load_settings({"HERITAGE_CONFIG": str(own)})


def test_a_message_never_repeats_the_value_of_a_secret(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('secret_key = ["hunter2"]\n')
    with pytest.raises(InvalidInput) as caught:
        load_settings({"HERITAGE_CONFIG": str(own)})
    assert "hunter2" not in str(caught.value)


def test_the_secret_is_made_once_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    first = settings.secret()
    assert settings.secret() == first
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_an_external_database_needs_a_secret_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="HERITAGE_SECRET_KEY"):
        Settings(var=tmp_path, database_url="postgresql://db.example/heritage").secret()


def test_an_empty_folder_that_others_may_enter_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    assert stat.S_IMODE(private_folder(folder).stat().st_mode) == 0o700


def test_a_folder_in_use_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    (folder / "somebody's file").touch()
    with pytest.raises(InvalidInput, match="holds other things"):
        private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/x", "sqlite:///x", "geheim", "http://u:geheim@h", " "])
def test_a_database_of_another_kind_is_refused_and_its_address_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput, match="database_url.*postgresql://") as refused:
        load_settings({"HERITAGE_DATABASE_URL": url})
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"= 1", b"nope = 1"])
def test_a_settings_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "heritage.toml").write_bytes(content)
    with pytest.raises(InvalidInput, match="heritage.toml|nope"):
        load_settings({"HERITAGE_CONFIG": str(tmp_path / "heritage.toml")})


def test_feeds_and_rules_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    for content in (b"\xff\xfe", b"= 1", b"[ucdp]\nodd = 1"):
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match="own.toml"):
            load_rules(path)
        feeds_registry._sections.cache_clear()
        with pytest.raises(InvalidInput, match="own.toml"):
            feeds_registry.get_feed("ucdp", path)
