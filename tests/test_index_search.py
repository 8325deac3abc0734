"""Asking the index: words and vectors, spellings, copies, dates, and whatever people type."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_state import (
    CountingEmbedder,
    Desk,
    as_lines,
    assert_consistent,
    open_writer,
    query_all,
    story,
    summary,
)
from numpy.typing import NDArray

from index.embed import HashEmbedder, SentenceTransformerEmbedder
from index.errors import QueryError, StoreError
from index.fusion import RRF_K, Candidate, find_copies, order, spread
from index.lookup import CatalogReader
from index.matching import Matcher
from index.search import MAX_QUERY_CHARS, Searcher
from index.spelling import fold, name_terms, same_name, skeleton
from index.vectors import MemoryStore
from index.vocabulary import Vocabulary
from index.words import MAX_TERMS, Term, find_terms, match_query, rarest

BAIJI = "The refinery at Baiji was held by the army. Workers slept in its offices."
BEIJI = "Smoke stood over Beiji for a third day. The pipes were shut, an engineer said."
WIRE = (
    "Gunmen raised their flag over the provincial council on Tuesday morning and opened the doors of three "
    "prisons, officials said, while soldiers left their posts and took off their uniforms in the street."
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.write("baiji.txt", f"Refinery\n\n{BAIJI}")
    desk.write("beiji.txt", f"Smoke\n\n{BEIJI}")
    desk.write(
        "nujaifi.txt", "Governor\n\nAtheel al-Nujaifi asked the people to stand firm. He left at night."
    )
    desk.write("nuajifi.txt", "Statement\n\nMr. al-Nuajifi said that nobody had come to help the city.")
    desk.write("wire-a.txt", f"First copy\n\n{WIRE} The mayor was silent.")
    desk.write("wire-b.txt", f"Second copy\n\n{WIRE} Nobody answered the telephone.")
    desk.write("wire-c.txt", f"Third copy\n\n{WIRE}")
    for day in (1, 8, 15, 22, 29):
        desk.write(
            f"budget-{day}.md",
            f"---\ntitle: Budget vote\npublished: 2014-06-{day:02}\n---\n\n"
            f"Parliament put off the vote on the budget for the {day}th time, said clerk number {day}.\n",
        )
    desk.write("budget.txt", "Budget vote\n\nParliament put off the vote on the budget, said a clerk.")
    desk.write("long.txt", story("Samarra shrine", paragraphs=30))
    for number in range(20):
        desk.write(f"filler/{number}.txt", story(f"Filler {number}"))
    desk.sync()
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def searcher(desk: Desk) -> Iterator[Searcher]:
    with desk.searcher() as searcher:
        yield searcher


def files(searcher: Searcher, query: str, k: int = 5, **options: object) -> list[str]:
    return [hit.passage.article.file for hit in searcher.search(query, k, **options)]  # type: ignore[arg-type]


# -- what people type


@pytest.mark.parametrize(
    "query",
    ['"', '""', "'", '"refinery', 'refinery" OR "x', "NEAR(refinery army)", "refinery NEAR/2 army", "refinery*", "*",
     "(refinery", ")", "title:refinery", "-refinery", "^refinery", "refinery AND", "NOT army", "a OR b AND", "{x}:y",
     "refin\0ery", "\0", "🚗💨", "…", "?!", "the of and", "what is it?", "SELECT * FROM passages; --", "%s %d {} $x",
     "refinery\nat\r\nBaiji\t?", "\u202eyrenifer", "\ud800", "e\u0301tat", "İstanbul ß", "ﬁnery", "摩苏尔", "1,000.5 3.2.1",
     "x" * MAX_QUERY_CHARS, "army " * 700],
)  # fmt: skip
def test_any_question_is_searched_without_an_error(searcher: Searcher, query: str) -> None:
    for hit in searcher.search(query, 3):
        assert hit.score > 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60).filter(lambda text: bool(text.split())))
def test_no_text_breaks_the_search(searcher: Searcher, query: str) -> None:
    searcher.search(query, 2)


def test_a_copy_does_not_come_back_with_the_rest_of_its_article(searcher: Searcher) -> None:
    (hit,) = searcher.search("flag over the provincial council", 1)
    assert len(hit.copies) == 2
    others = searcher.search("Nobody answered the telephone", 1)
    assert searcher.rest_of("flag over the provincial council", (hit, *others), 3) == ()


@pytest.mark.parametrize("query", ["", " ", "\n\t\u00a0", "x" * 10_000])
def test_an_empty_or_endless_question_is_refused_in_one_line(searcher: Searcher, query: str) -> None:
    with pytest.raises(QueryError) as caught:
        searcher.search(query, 3)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_rest_of_the_first_articles_comes_behind_what_was_found(searcher: Searcher) -> None:
    query = "Samarra shrine"
    hits = searcher.search(query, 2)
    first = hits[0].passage.article.id
    rest = searcher.rest_of(query, hits, 1)
    found = {hit.passage.id for hit in hits}
    assert rest
    assert {hit.passage.article.id for hit in rest} == {first}
    assert not found & {hit.passage.id for hit in rest}
    assert [hit.rank for hit in rest] == list(range(3, 3 + len(rest)))
    assert all(hit.score == hits[-1].score and hit.cosine is not None for hit in rest)
    assert searcher.rest_of(query, hits, 0) == () and searcher.rest_of(query, (), 3) == ()


def test_a_folder_is_searched_alone(searcher: Searcher) -> None:
    everywhere = files(searcher, "Who held the refinery at Baiji?", 20)
    assert "baiji.txt" in everywhere
    inside = files(searcher, "Who held the refinery at Baiji?", 20, folder="filler")
    assert inside and all(file.startswith("filler/") for file in inside)
    assert files(searcher, "Filler 3", folder="filler")[0] == "filler/3.txt"
    # By vectors alone, as by words: nothing in it shares a word with the question.
    assert files(searcher, "zzz", 3, folder="filler")
    assert (
        files(searcher, "refinery", folder="fill") == files(searcher, "refinery", folder="filler/3.txt") == []
    )


def test_half_of_a_contraction_is_no_word_to_look_for(searcher: Searcher, desk: Desk) -> None:
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        terms = find_terms(view, "Why didn't the clerk, who wasn’t there, vote?")
    reader.close()
    assert [term.word for term in terms] == ["clerk", "vote"]


def test_k_below_one_is_a_programmers_mistake(searcher: Searcher) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        searcher.search("army", 0)


def test_stop_words_alone_are_not_searched_by_words(desk: Desk) -> None:
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        assert find_terms(view, "What is it, and who was there?") == ()
        assert match_query(find_terms(view, "the")) == ""
    reader.close()


def test_the_rarest_words_of_a_long_question_are_kept(desk: Desk) -> None:
    common = " ".join(f"paragraph{number}" for number in range(5))
    query = (
        "officer paragraph district report " + " ".join(f"unheard{number}" for number in range(11)) + common
    )
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        terms = find_terms(view, query)
    reader.close()
    assert len(terms) == MAX_TERMS
    assert [term.word for term in terms].count("officer") == 0
    assert all(term.idf > 0 for term in terms)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Americans", "U.S."),
        ("US", "American"),
        ("French", "France"),
        ("Turkey", "Turkish"),
        ("UK", "British"),
    ],
)
def test_a_country_is_found_by_its_people_too(desk: Desk, asked: str, written: str) -> None:
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        terms = find_terms(view, f"Where did the {asked} land?")
    reader.close()
    assert written in next(term.variants for term in terms if term.word == asked)


def test_a_bird_is_no_country(desk: Desk) -> None:
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        assert "Turkish" not in find_terms(view, "a turkey dinner")[0].variants
    reader.close()


def test_words_are_quoted_for_the_full_text_index(desk: Desk) -> None:
    reader = CatalogReader(desk.place)
    with reader.snapshot() as view:
        assert match_query(find_terms(view, 'NEAR "refinery" OR army*')) == '"NEAR" OR "refinery" OR "army"'
    reader.close()


# -- spellings


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Who held the refinery at Baiji?", {"baiji.txt", "beiji.txt"}),
        ("What stood over Beiji?", {"baiji.txt", "beiji.txt"}),
        ("What did al-Nujaifi say?", {"nujaifi.txt", "nuajifi.txt"}),
        ("What did Nuajifi ask?", {"nujaifi.txt", "nuajifi.txt"}),
        ("baiji", {"baiji.txt", "beiji.txt"}),
    ],
)
def test_other_spellings_of_a_name_are_found_by_words(
    searcher: Searcher, question: str, wanted: set[str]
) -> None:
    by_words = {
        hit.passage.article.file for hit in searcher.search(question, 6) if "words" in dict(hit.found_by)
    }
    assert wanted <= by_words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("baiji", "beiji", True), ("nujaifi", "nuajifi", True), ("tikrit", "tirkit", True),
        ("maliki", "malki", True), ("qaraqosh", "karakosh", True), ("marin", "martin", False),
        ("baghdad", "bagdad", True), ("mosul", "mossul", True), ("mosul", "basra", False),
        ("erbil", "irbil", True), ("kurdish", "turkish", False),
    ],
)  # fmt: skip
def test_spellings_are_told_apart_from_other_names(one: str, other: str, same: bool) -> None:
    found = skeleton(one) == skeleton(other) and bool(same_name(one, [other]))
    assert found is same
    assert same_name(one, [one]) == []


def test_names_are_the_capitalised_words_without_their_marks() -> None:
    assert name_terms("In Téhéran the Étienne-Dupont house; Iraq, BAGHDAD's and o'Neill.") == {
        "teheran", "etienne", "dupont", "iraq", "baghdad", "neill",
    } - {"neill"} | ({"neill"} if "neill" in name_terms("o'Neill") else set())  # fmt: skip
    assert fold("Étienne") == "etienne"
    assert name_terms("") == set()


# -- fusion


def test_the_same_question_gives_the_same_order(desk: Desk) -> None:
    answers = []
    for _ in range(3):
        with desk.searcher() as searcher:
            answers.append(
                [summary(searcher.search(query, 20)) for query in ("budget vote", "officer number")]
            )
    assert answers[0] == answers[1] == answers[2]


def candidate(row: int, item: str, article: int = 0, score: float = 0.0) -> Candidate:
    return Candidate(row=row, item=item, article=article, published=None, score=score)


def test_ranks_add_up_and_ties_go_by_id() -> None:
    one, other = candidate(1, "b"), candidate(2, "a")
    one.add("words", 1, 1.0)
    one.add("words", 9, 1.0)
    other.add("vectors", 1, 1.0)
    assert one.score == other.score == 1 / (RRF_K + 1)
    assert [found.item for found in order({1: one, 2: other})] == ["a", "b"]
    one.add("vectors", 2, 0.5)
    assert one.score == pytest.approx(1 / (RRF_K + 1) + 0.5 / (RRF_K + 2))
    assert one.ranks == {"words": 1, "vectors": 2}
    assert order({}) == []


def test_further_passages_of_an_article_step_back() -> None:
    ranked = [
        candidate(1, "a", 1, 1.0),
        candidate(2, "b", 1, 0.9),
        candidate(3, "c", 2, 0.7),
        candidate(4, "d", 1, 0.8),
    ]
    assert [found.item for found in spread(ranked, 0.5)] == ["a", "c", "b", "d"]


def test_copies_are_found_by_their_words() -> None:
    texts = [
        WIRE,
        "Something else altogether happened in the north that day.",
        f"{WIRE} And more.",
        WIRE.upper(),
        "",
        "",
    ]
    none: list[NDArray[np.float32] | None] = [None] * len(texts)
    assert find_copies(texts, none) == [None, None, 0, 0, None, None]
    apart: list[NDArray[np.float32] | None] = [np.eye(6, dtype=np.float32)[n] for n in range(6)]
    assert find_copies(texts, apart) == [None] * 6
    assert find_copies([], []) == []


def test_copies_are_shown_once_and_counted(searcher: Searcher) -> None:
    hits = searcher.search("gunmen raised their flag over the provincial council", 5)
    assert hits[0].passage.article.file.startswith("wire-")
    named = {hits[0].passage.article.file, *(copy.file for copy in hits[0].copies)}
    assert named == {"wire-a.txt", "wire-b.txt", "wire-c.txt"}
    assert not any(hit.passage.article.file.startswith("wire-") for hit in hits[1:])


def test_several_articles_stand_in_the_first_ranks(searcher: Searcher) -> None:
    found = files(searcher, "Samarra shrine officer district report budget", 8)
    assert len(set(found)) >= 4


def test_ranks_count_from_one_and_scores_fall(searcher: Searcher) -> None:
    hits = searcher.search("budget vote", 10)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits)
    for hit in hits:
        assert hit.cosine is not None
        assert -1 <= hit.cosine <= 1 + 1e-6


def test_fewer_hits_are_the_first_of_more(searcher: Searcher) -> None:
    many = [hit.passage.id for hit in searcher.search("budget vote", 10)]
    assert [hit.passage.id for hit in searcher.search("budget vote", 3)] == many[:3]
    assert 10 < len(searcher.search("army", 500)) <= 500


def test_every_hit_is_its_file_to_the_letter(desk: Desk, searcher: Searcher) -> None:
    for hit in searcher.search("officer number Tikrit", 30):
        text = (desk.corpus / hit.passage.article.file).read_bytes().decode()
        assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        for start, end in hit.passage.sentences:
            assert hit.passage.start <= start < end <= hit.passage.end


# -- dates


@pytest.mark.parametrize("day", [1, 8, 15, 22, 29])
def test_articles_near_the_asking_are_preferred(searcher: Searcher, day: int) -> None:
    hit = searcher.search("vote on the budget put off", 3, asked_at=date(2014, 6, day))[0]
    published = hit.passage.article.published
    assert published is not None
    assert 0 <= day - published.day <= 7


def test_without_a_now_no_date_is_preferred(searcher: Searcher) -> None:
    scores = {hit.passage.article.file: hit.score for hit in searcher.search("vote on the budget put off", 8)}
    assert max(scores, key=lambda file: scores[file]) == "budget.txt" or len(scores) >= 6


def test_a_far_away_now_changes_nothing(searcher: Searcher) -> None:
    plain = searcher.search("vote on the budget", 8)
    late = searcher.search("vote on the budget", 8, asked_at=date(2031, 1, 1))
    assert summary(plain) == summary(late)


# -- what the vectors and words of an answer are


def test_reading_compares_the_question_with_each_sentence(searcher: Searcher) -> None:
    hits = searcher.search("refinery Baiji army", 3)
    evidence = searcher.read("refinery Baiji army", [hit.passage for hit in hits])
    assert [term.word for term in evidence.terms] == ["refinery", "Baiji", "army"]
    for hit in hits:
        cosines = evidence.cosines[hit.passage.id]
        assert cosines.shape == (len(hit.passage.sentences),)
        vectors = evidence.vectors[hit.passage.id]
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    _, held, slept = evidence.cosines[hits[0].passage.id]
    assert held > slept


def test_a_question_is_embedded_once(desk: Desk) -> None:
    embedder = CountingEmbedder()
    with desk.searcher(embedder) as searcher:
        hits = searcher.search("the   refinery\nat Baiji", 3)
        searcher.read("the refinery at Baiji", [hit.passage for hit in hits])
    assert embedder.queries == ["the refinery at Baiji"]


def test_warming_up_looks_up_words_from_all_over_the_index(desk: Desk) -> None:
    class Remembering(CountingEmbedder):
        def embed_words(self, words: Sequence[str]) -> NDArray[np.float32]:
            looked_up.update(words)
            return super().embed_words(words)

    looked_up: set[str] = set()
    with desk.searcher(Remembering()) as searcher:
        searcher.warm_up()
    assert {"Baiji", "engineer", "telephone"} <= looked_up
    assert "the" not in looked_up


def test_a_sample_is_spread_over_the_index(desk: Desk) -> None:
    with closing(CatalogReader(desk.place)) as reader, reader.snapshot() as view:
        total = view.count_passages()
        assert len(view.sample(total)) == total
        assert 1 <= len(view.sample(3)) <= 3


def test_an_article_opens_with_its_first_passage(small: Desk) -> None:
    small.sync()
    with closing(CatalogReader(small.place)) as reader, reader.snapshot() as view:
        articles = [row for (row,) in query_all(small.place, "SELECT id FROM articles")]
        whole = view.rows_of_articles(articles)
        assert view.openings(articles) == {article: rows[0] for article, rows in whole.items()}
        assert view.openings([]) == {}


# -- an index that is filling, or has lost its vectors


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    for name in ("Baiji", "Kirkuk", "Tikrit"):
        desk.write(f"{name.lower()}.txt", story(name, paragraphs=8))
    yield desk
    desk.close()


def test_an_index_that_is_filling_is_searched_by_words_and_says_so(small: Desk) -> None:
    seen: list[tuple[object, ...]] = []

    class Watching(CountingEmbedder):
        def embed_passages(self, passages: Any) -> Any:
            with small.searcher(CountingEmbedder()) as searcher:
                hits = searcher.search("Kirkuk", 4)
                evidence = searcher.read("Kirkuk", [hit.passage for hit in hits])
                with closing(CatalogReader(small.catalog)) as reader:
                    state = reader.state()
                seen.append((hits, evidence, searcher.notes(hits), state))
            return super().embed_passages(passages)

    small.embedder = Watching()
    small.sync()
    assert seen
    for hits, evidence, notes, state in seen:
        assert hits[0].passage.article.file == "kirkuk.txt"  # type: ignore[index]
        assert any(hit.cosine is None for hit in hits)  # type: ignore[attr-defined]
        assert any("still filling" in note for note in notes)  # type: ignore[attr-defined]
        assert evidence.cosines[hits[0].passage.id].size  # type: ignore[attr-defined, index]
        assert state.vectors_pending > 0  # type: ignore[attr-defined]
    with small.searcher() as searcher:
        hits = searcher.search("Kirkuk", 4)
        assert all(hit.cosine is not None for hit in hits)
        assert searcher.notes(hits) == ()
    with closing(CatalogReader(small.catalog)) as reader:
        assert reader.state().vectors_pending == 0
    assert_consistent(small)


def test_without_its_vector_index_words_are_found_and_it_is_said(small: Desk) -> None:
    small.sync()

    class Lost(MemoryStore):
        def query(self, collection: Any, vector: Any, k: int) -> Any:
            raise StoreError("lost")

    reader = CatalogReader(small.place)
    searcher = Searcher(reader=reader, vectors=Lost(), embedder=small.embedder)
    hits = searcher.search("Kirkuk", 3)
    assert hits[0].passage.article.file == "kirkuk.txt"
    (note,) = searcher.notes(hits)
    assert note == "the vector index cannot be used, so this was found by words alone: lost"
    reader.close()


def test_passages_that_are_staged_or_gone_are_never_returned(small: Desk) -> None:
    small.sync()
    with small.searcher() as searcher:
        before = summary(searcher.search("Kirkuk officer", 20))
        # A file's rows leave between the question and Chroma's answer: its ids are still in Chroma.
        with open_writer(small) as writer, writer.transaction():
            writer.remove_live("kirkuk.txt")
        after = searcher.search("Kirkuk officer", 20)
        assert after
        assert before != summary(after)
        assert all(hit.passage.article.file != "kirkuk.txt" for hit in after)
    small.sync()
    assert_consistent(small)


# -- re-ranking


def test_a_reranker_decides_when_it_weighs_enough(small: Desk) -> None:
    small.sync()

    class Backwards:
        name = "backwards"

        def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.asarray([float("Tikrit in the news" in text) for text in texts], dtype=np.float32)

    from index.search import Weights

    with small.searcher(
        reranker=Backwards(), weights=dataclasses.replace(Weights(), reranked=50.0)
    ) as searcher:
        assert files(searcher, "Kirkuk", 1) == ["tikrit.txt"]
    with small.searcher() as searcher:
        assert files(searcher, "Kirkuk", 1) == ["kirkuk.txt"]


# -- many articles in one file


def test_articles_of_one_file_are_found_each_with_its_own_facts(small: Desk) -> None:
    small.write(
        "wire.jsonl",
        as_lines(
            {
                "text": "The dam at Haditha held.",
                "title": "Dam",
                "published": "2014-06-01",
                "publisher": "One",
            },
            {
                "text": "The bridge at Ramadi fell.",
                "title": "Bridge",
                "published": "2014-06-02",
                "publisher": "Two",
            },
        ),
    )
    small.sync()
    hit = small.search("bridge Ramadi", 1)[0]
    article = hit.passage.article
    assert (article.file, article.title, article.publisher) == ("wire.jsonl", "Bridge", "Two")
    assert article.id.endswith("#2")
    assert hit.passage.text == "The bridge at Ramadi fell."
    reader = CatalogReader(small.place)
    with reader.snapshot() as view:
        text = view.text_of("wire.jsonl")
        assert text is not None
        assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert view.sentences_of_article(hit.passage.id) == hit.passage.sentences
    reader.close()


def test_the_rarest_words_are_chosen_until_enough_passages_hold_one() -> None:
    common, rare, middling = (
        Term(word=word, stem=word, frequency=frequency, idf=idf)
        for word, frequency, idf in (("common", 900, 0.1), ("rare", 3, 5.0), ("middling", 40, 2.0))
    )
    terms = (common, rare, middling)
    assert rarest(terms, 3) == (rare,)
    assert rarest(terms, 4) == (rare, middling)
    assert rarest(terms, 10_000) == (rare, middling, common)
    assert rarest((), 5) == ()


def test_what_was_read_before_changes_no_bit_of_a_comparison() -> None:
    words = (
        "river street council market winter teacher engine harvest border ticket hospital painter summer railway kitchen"
        " election forest captain weather bottle library mountain evening soldier garden doctor window island village"
        " signal planet mayor budget festival ferry museum orchard tunnel airport lawyer stadium bakery canal school"
    ).split()
    embedder = SentenceTransformerEmbedder()
    terms = tuple(
        Term(word=word, stem=word, frequency=1, idf=1.0) for word in ("bridge", "flooded", "town", "vote")
    )
    fresh, used = Vocabulary(embedder.embed_words), Vocabulary(embedder.embed_words)
    used.read(words[::-3])
    one, other = Matcher(terms, fresh), Matcher(terms, used)
    one.read(words)
    other.read(words)
    assert all(np.array_equal(one.found(word), other.found(word)) for word in words)


def test_texts_read_in_two_goes_are_met_as_in_one() -> None:
    terms = tuple(
        Term(word=word, stem=word.lower(), frequency=1, idf=1.0) for word in ("Norwick", "bridge", "closed")
    )
    texts = ["Norwick shut its bridges.", "", "The bridge was closed in Norwick.", "Rain fell."]
    at_once, by_and_by = (Matcher(terms, Vocabulary(HashEmbedder().embed_words)) for _ in range(2))
    at_once.read(texts)
    by_and_by.read(texts[:2])
    by_and_by.read(texts)
    for text in texts:
        assert at_once.found(text).tolist() == by_and_by.found(text).tolist()
    assert at_once.found(texts[2]).tolist() == [1.0, 1.0, 1.0]
    assert not at_once.found("").any()
