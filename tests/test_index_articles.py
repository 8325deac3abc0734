from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hostile import GOOD_FILES, MAX_BYTES, make_hostile_folder

from index import folder
from index.articles import (
    FoundFile,
    Metadata,
    article_id,
    digest_of,
    read_bytes,
    read_document,
    read_metadata,
    scan_folder,
)
from index.errors import ArticleFormatError, ConfigError
from index.fields import Fields
from index.formats import extract

LINE = b"The council met on Tuesday and put the decision off once more.\n"
NOTHING = Metadata()


def write(root: Path, *files: str, data: bytes = LINE) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(data)


def listed(root: Path, **options: object) -> list[str]:
    return [found.file for found in scan_folder(root, max_bytes=MAX_BYTES, **options).files]


def test_every_hostile_file_is_named_with_its_reason_and_the_others_are_read(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    expected = make_hostile_folder(root)
    scan = scan_folder(root, max_bytes=MAX_BYTES)
    reasons = {skipped.file: skipped.reason for skipped in scan.skipped}
    read = {}
    for found in scan.files:
        try:
            read[found.file] = read_document(found.file, read_bytes(found, MAX_BYTES), NOTHING)
        except ArticleFormatError as fault:
            reasons[found.file] = fault.reason
    assert len(expected) >= 30
    assert sorted(reasons) == sorted(expected)
    assert not {file: reasons[file] for file, part in expected.items() if part not in reasons[file]}
    assert all("\n" not in line and str(root) not in line for line in reasons.values())
    assert sorted(read) == sorted(GOOD_FILES)
    assert all(document.articles for document in read.values())


def test_files_are_listed_in_the_order_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path, "b/2.txt", "a.txt", "b.txt", "B.md", "b/1.txt")
    assert listed(tmp_path) == ["B.md", "a.txt", "b.txt", "b/1.txt", "b/2.txt"]


def test_hidden_temporary_and_metadata_files_are_passed_over_in_silence(tmp_path: Path) -> None:
    root = tmp_path / ".cache" / "~$corpus"  # what lies above the folder does not matter
    write(
        root,
        ".a.txt",
        ".git/b.txt",
        "c.txt~",
        ".c.txt.swp",
        "~$d.docx",
        "#e.txt#",
        "metadata.jsonl",
        "f.txt",
        "f.txt.tmp",
        "f.txt.bak",
        "g.md.part",
        "g.md.crdownload",
        "f.txt___jb_tmp___",
        "4913",
    )
    write(root, "below/metadata.jsonl")
    scan = scan_folder(root, max_bytes=MAX_BYTES)
    assert [found.file for found in scan.files] == ["below/metadata.jsonl", "f.txt"]
    assert scan.skipped == ()


@pytest.mark.parametrize(
    ("only", "files", "missing"),
    [
        ((), ["a/1.txt", "a/b/2.txt", "c.txt"], ()),
        (("c.txt",), ["c.txt"], ()),
        (("a/",), ["a/1.txt", "a/b/2.txt"], ()),
        (("./a/b", "c.txt"), ["a/b/2.txt", "c.txt"], ()),
        ((".",), ["a/1.txt", "a/b/2.txt", "c.txt"], ()),
        (("a/none.txt", "c.txt"), ["c.txt"], ("a/none.txt",)),
    ],
)
def test_a_listing_can_be_held_to_some_paths(
    tmp_path: Path, only: tuple[str, ...], files: list[str], missing: tuple[str, ...]
) -> None:
    write(tmp_path, "a/1.txt", "a/b/2.txt", "c.txt")
    scan = scan_folder(tmp_path, max_bytes=MAX_BYTES, only=only)
    assert [found.file for found in scan.files] == files
    assert scan.missing == missing


def test_a_path_out_of_the_folder_or_hidden_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "corpus", ".h.txt")
    write(tmp_path, "out.txt")
    scan = scan_folder(tmp_path / "corpus", max_bytes=MAX_BYTES, only=("../out.txt", ".h.txt"))
    assert scan.files == () and scan.missing == ()
    assert [skipped.file for skipped in scan.skipped] == ["../out.txt", ".h.txt"]


@pytest.mark.parametrize("where", ["none", "file.txt"])
def test_a_folder_that_is_none_is_an_error_that_names_the_setting(tmp_path: Path, where: str) -> None:
    write(tmp_path, "file.txt")
    with pytest.raises(ConfigError, match="DATELINE_CORPUS"):
        scan_folder(tmp_path / where, max_bytes=MAX_BYTES)


def test_the_corpus_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", "a.txt")
    (tmp_path / "corpus").symlink_to("real")
    (tmp_path / "real" / "twin.txt").symlink_to(tmp_path / "real" / "a.txt")
    scan = scan_folder(tmp_path / "corpus", max_bytes=MAX_BYTES)
    assert [found.file for found in scan.files] == ["a.txt"]
    assert scan.skipped[0].reason == "a link to a.txt, which is indexed itself"


def test_a_folder_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "closed/a.txt", "open.txt")
    scandir = os.scandir

    def denying(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(folder.os, "scandir", denying)
    scan = scan_folder(tmp_path, max_bytes=MAX_BYTES)
    assert [found.file for found in scan.files] == ["open.txt"]
    assert scan.skipped[0].file == "closed" and "no permission" in scan.skipped[0].reason


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denying(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, "a.txt")
    monkeypatch.setattr(os, "open", denying)
    with pytest.raises(ArticleFormatError, match="no permission"):
        read_bytes(FoundFile(file="a.txt", path=tmp_path / "a.txt", size=9), MAX_BYTES)


def test_a_file_that_changed_its_nature_after_the_listing_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "real.txt")
    (tmp_path / "link.txt").symlink_to("real.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    write(tmp_path, "grown.txt", data=LINE * 3)
    reasons = {"none.txt": "gone", "link.txt": "a link", "pipe.txt": "not a regular file"}
    reasons |= {"folder.txt": "directory", "grown.txt": "DATELINE_MAX_FILE_MB"}
    for file, reason in reasons.items():
        with pytest.raises(ArticleFormatError, match=reason):
            read_bytes(FoundFile(file=file, path=tmp_path / file, size=9), len(LINE))


def test_two_names_that_differ_in_unicode_form_alone_do_not_share_an_id(tmp_path: Path) -> None:
    write(tmp_path, "cafe\u0301.txt", "caf\u00e9.txt")
    scan = scan_folder(tmp_path, max_bytes=MAX_BYTES)
    if len(scan.files) + len(scan.skipped) < 2:
        pytest.skip("this file system holds one of the two names only")
    assert [found.file for found in scan.files] == ["cafe\u0301.txt"]
    assert "Unicode form" in scan.skipped[0].reason


def test_ids_follow_from_the_path_and_the_line_alone() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", article_id("a/b.txt"))
    assert article_id("caf\u00e9.txt") == article_id("cafe\u0301.txt") != article_id("cafe.txt")
    assert article_id("a.jsonl", 3) == article_id("a.jsonl") + "#3"


def test_metadata_fills_only_what_the_file_does_not_say() -> None:
    said = Fields(title="Told", publisher="Told Press", authors=("T. Eller",), published=date(2015, 1, 1))
    metadata = Metadata(entries={"a.md": said})
    data = b"---\ntitle: Stated\npublished: 2015-03-04\n---\n\n# Derived here\n\nText follows.\n"
    ref = read_document("a.md", data, metadata).articles[0].ref
    assert (ref.title, ref.publisher, ref.published) == ("Stated", "Told Press", date(2015, 3, 4))
    # A derived title is no statement.
    assert read_document("a.md", b"# Derived here\n\nText.\n", metadata).articles[0].ref.title == "Told"
    assert (
        read_document("b.md", b"# Derived here\n\nText.\n", metadata).articles[0].ref.title == "Derived here"
    )
    assert read_document("b-c.md", b"Text.\n", metadata).articles[0].ref.title == "b-c"


def test_one_title_is_not_given_to_many_articles() -> None:
    metadata = Metadata(
        entries={"a.jsonl": Fields(title="Told", publisher="Press", url="https://a.example/")}
    )
    data = b'{"text": "One thing."}\n{"text": "Another thing.", "title": "Two"}\n'
    refs = [article.ref for article in read_document("a.jsonl", data, metadata).articles]
    assert [ref.title for ref in refs] == ["a, article in line 1", "Two"]
    assert [ref.publisher for ref in refs] == ["Press", "Press"]
    assert [ref.url for ref in refs] == [None, None]


def test_a_bad_metadata_line_is_named_and_loses_no_other(tmp_path: Path) -> None:
    lines = [
        json.dumps({"file": "a.txt", "title": "A", "authors": "Jane Doe and John Roe"}),
        "{oops",
        '["a.txt"]',
        '{"title": "No file"}',
        json.dumps({"file": "./b.txt", "title": "B", "published": "03/04/2014"}),
        json.dumps({"file": "c.txt", "publisher": ["x", 1], "url": "javascript:no()", "colour": "red"}),
        json.dumps({"file": "a.txt", "title": "A again"}),
        "",
    ]
    (tmp_path / "metadata.jsonl").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    metadata = read_metadata(tmp_path)
    assert metadata.of("a.txt") == Fields(title="A again")
    assert metadata.of("b.txt") == Fields(title="B")
    assert metadata.of("c.txt").publisher == "x"
    assert metadata.of("d.txt") == Fields()
    reasons = [skipped.reason for skipped in metadata.skipped]
    assert {skipped.file for skipped in metadata.skipped} == {"metadata.jsonl"}
    for reason, parts in zip(
        reasons,
        [
            ("line 2", "not JSON"),
            ("line 3", "list"),
            ("line 4", "no file"),
            ("line 5", "published", "03/04/2014"),
            ("line 6", "url", "javascript:no()"),
        ],
        strict=True,
    ):
        assert all(part in reason for part in parts)
    assert any("line 7" in note and "line 1" in note for note in metadata.notes)
    assert any("line 6" in note and "colour" in note for note in metadata.notes)


def test_metadata_that_is_not_there_or_cannot_be_read_is_no_error(tmp_path: Path) -> None:
    assert read_metadata(tmp_path) == Metadata()
    (tmp_path / "metadata.jsonl").write_bytes(b'{"file": "a.txt"}\n{"file": "\xff"}\n')
    assert "line 2" in read_metadata(tmp_path).skipped[0].reason
    (tmp_path / "metadata.jsonl").unlink()
    os.mkfifo(tmp_path / "metadata.jsonl")
    assert "not a regular file" in read_metadata(tmp_path).skipped[0].reason


def test_a_digest_follows_the_bytes_and_the_entry_of_that_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Metadata(entries={"a.txt": Fields(title="Told")})
    plain = digest_of(LINE, "a.txt", NOTHING)
    assert re.fullmatch(r"[0-9a-f]{64}", plain)
    assert plain == digest_of(LINE, "b.md", NOTHING) == digest_of(LINE, "b.txt", said)
    others = {
        digest_of(LINE + b"x", "a.txt", NOTHING),
        digest_of(LINE, "a.txt", said),
        digest_of(LINE, "a.pdf", NOTHING),
    }
    assert len(others | {plain}) == 4
    assert read_document("a.txt", LINE, said).digest == digest_of(LINE, "a.txt", said)
    before = digest_of(LINE, "a.pdf", NOTHING)
    monkeypatch.setattr("index.articles.EXTRACTOR", "extract-next")
    assert digest_of(LINE, "a.pdf", NOTHING) != before
    assert digest_of(LINE, "a.txt", NOTHING) == plain


def test_hashing_a_folder_loads_no_reader() -> None:
    code = (
        "import sys; from index.articles import Metadata, digest_of; digest_of(b'x', 'a.pdf', Metadata());"
        "heavy = ('yaml', 'trafilatura', 'pypdf', 'docx', 'lxml', 'charset_normalizer');"
        "print([name for name in heavy if name in sys.modules])"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("file", "data", "readable"),
    [
        ("a.TXT", LINE, True),
        ("a.Markdown", LINE, True),
        ("a.rst", LINE, True),
        ("a.log", LINE, True),
        ("README", LINE, True),
        ("Mr. Smith goes", LINE, True),
        ("page.php", b"<!DOCTYPE html><p>A page of its own.</p>", True),
        ("a.csv", LINE, False),
        ("a.ODT", LINE, False),
        ("a.svg", LINE, False),
    ],
)
def test_the_suffix_decides_and_else_the_content(file: str, data: bytes, readable: bool) -> None:
    if readable:
        assert "<" not in extract(file, data).text
    else:
        with pytest.raises(ArticleFormatError):
            extract(file, data)
