"""Who wins when engines and variants disagree."""

from dataclasses import replace

from vision.codes.agreement import Ballot
from vision.codes.decoded import Corners, Decoded


def box(x: float, y: float, width: float = 100, height: float = 40) -> Corners:
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def vote(symbology: str, text: str, *, variant: str = "plain", engine: str = "zxing-cpp", at: Corners | None = None) -> Decoded:
    return Decoded(symbology=symbology, text=text, corners_px=at or box(0, 0), engine=engine, variant=variant)


def elected(*votes: Decoded) -> list[str]:
    ballot = Ballot()
    ballot.add(list(votes))
    return [d.text for d in ballot.elected()]


def test_a_code_128_stands_by_itself_and_a_retail_code_needs_a_second_variant() -> None:
    assert elected(vote("Code128", "A1")) == ["A1"]
    assert elected(vote("EAN13", "4006209700068")) == []
    assert elected(vote("EAN13", "4006209700068"), vote("EAN13", "4006209700068")) == []
    assert elected(vote("EAN13", "4006209700068"), vote("EAN13", "4006209700068", variant="clahe")) == ["4006209700068"]


def test_upc_a_and_ean_13_with_a_leading_zero_are_the_same_vote() -> None:
    assert elected(vote("EAN13", "0012546619592"), vote("UPCA", "012546619592", engine="pyzbar")) == ["0012546619592"]


def test_a_retail_phantom_inside_a_code_128_is_dropped_however_often_it_was_seen() -> None:
    phantom = [vote("EAN8", "24057257", variant=v, at=box(40, 10, 20, 10)) for v in ("plain", "clahe", "halved")]
    assert elected(vote("Code128", "A1"), *phantom) == ["A1"]


def test_of_two_texts_in_one_place_the_one_with_more_votes_wins_and_a_tie_of_weak_ones_is_nobody() -> None:
    right = [vote("ITF", "2167361334", variant=v) for v in ("plain", "deskewed", "clahe")]
    wrong = [vote("ITF", "1334", variant=v, at=box(50, 0, 40)) for v in ("plain", "deskewed")]
    assert elected(*right, *wrong) == ["2167361334"]
    one, other = ([vote("EAN13", text, variant=v) for v in ("plain", "clahe")] for text in ("4006209700068", "5000213101025"))
    assert elected(*one, *other) == []


def test_the_same_text_in_two_places_is_two_barcodes() -> None:
    assert elected(vote("Code128", "A1"), vote("Code128", "A1", at=box(500, 300))) == ["A1", "A1"]


def test_code_39_by_pyzbar_alone_is_not_believed() -> None:
    assert elected(vote("Code39", "T", engine="pyzbar")) == []
    assert elected(vote("Code39", "RACK7", engine="pyzbar"), vote("Code39", "RACK7")) == ["RACK7"]


def test_a_micro_qr_code_needs_a_second_variant_for_it_can_hardly_tell_a_misread() -> None:
    assert elected(vote("MicroQRCode", "479750", variant="squared-sharpened")) == []
    assert elected(vote("MicroQRCode", "479750"), vote("MicroQRCode", "479750", variant="squared")) == ["479750"]


def test_a_ballot_is_settled_when_nothing_waits_for_a_second_vote() -> None:
    ballot = Ballot()
    assert not ballot.is_settled
    ballot.add([vote("Code128", "A1")])
    assert ballot.is_settled
    ballot.add([vote("EAN13", "4006209700068", at=box(500, 0))])
    assert not ballot.is_settled
    ballot.add([vote("EAN13", "4006209700068", at=box(500, 0), variant="clahe")])
    assert ballot.is_settled


def test_of_two_symbols_of_one_label_none_outvotes_the_other_and_none_lies_where_the_other_is() -> None:
    content = [vote("Code128", "02", variant=v, at=box(0, 0, 300, 64)) for v in ("plain", "deskewed")]
    below = vote("Code128", "00", at=box(0, 90, 300, 60))
    assert elected(*content, below) == ["02", "00"]
    ballot = Ballot()
    ballot.add(content)
    assert ballot.covers(140, 40)
    assert not ballot.covers(150, 120)


def test_lines_across_one_symbol_are_one_place_however_few_an_engine_tells() -> None:
    votes = [vote("ITF", "2167361334", variant=v, at=box(0, 10, 300, 0)) for v in ("plain", "clahe")]
    wrong = [vote("ITF", "1334", variant=v, at=box(60, 60, 200, 0)) for v in ("plain", "clahe")]
    assert elected(*votes, *wrong) == ["2167361334"]


def test_a_piece_of_an_interleaved_2_of_5_at_the_fringe_of_its_bars_is_none_of_its_own() -> None:
    whole = [vote("ITF", "2167361334", variant=v, at=box(0, 0, 200, 20)) for v in ("plain", "deskewed")]
    piece = [vote("ITF", "673613", variant=v, at=box(40, 60, 110, 4)) for v in ("plain", "clahe", "deskewed")]
    assert elected(*whole, *piece) == ["2167361334"]
    assert elected(*piece) == ["673613"]
    far = [replace(d, corners_px=box(40, 400, 110, 4)) for d in piece]
    assert elected(*whole, *far) == ["2167361334", "673613"]


def test_a_ballot_that_seeks_something_is_settled_only_by_that() -> None:
    ballot = Ballot(lambda d: d.text == "A2")
    ballot.add([vote("Code128", "A1")])
    assert not ballot.is_settled
    ballot.add([vote("Code128", "A2", at=box(500, 0))])
    assert ballot.is_settled
