import asyncio

import numpy
import pytest

from pipelines.serving.batching import INLINE_ROWS, Batcher


def rows(*values: float):
    return {"x": numpy.array(values)}


class Doubling:
    """Twice each row; remembers what it was asked for, and refuses negative rows."""

    def __init__(self) -> None:
        self.calls: list[list[float]] = []

    def __call__(self, columns):
        self.calls.append(columns["x"].tolist())
        if (columns["x"] < 0).any():
            raise ValueError("negative")
        return columns["x"] * 2


def ask(batcher: Batcher, *requests):
    async def all_at_once():
        return await asyncio.gather(*(batcher.predict(each) for each in requests), return_exceptions=True)

    return asyncio.run(all_at_once())


def test_requests_that_wait_together_are_predicted_in_one_call_and_each_gets_its_own():
    predict = Doubling()
    found = ask(Batcher(predict), rows(1, 2), rows(3), rows(4, 5, 6))
    assert [each.tolist() for each in found] == [[2, 4], [6], [8, 10, 12]]
    assert predict.calls == [[1, 2, 3, 4, 5, 6]]


@pytest.mark.parametrize(("largest", "calls"), [(1, [[1, 2], [3], [4]]), (3, [[1, 2, 3], [4]]), (4, [[1, 2, 3, 4]])])
def test_a_batch_holds_no_more_than_the_largest_unless_one_request_does(largest, calls):
    predict = Doubling()
    ask(Batcher(predict, largest), rows(1, 2), rows(3), rows(4))
    assert predict.calls == calls


def test_rows_that_cannot_be_predicted_fail_their_own_request_alone():
    one, bad, other = ask(Batcher(Doubling()), rows(1), rows(-1), rows(2))
    assert (one.tolist(), str(bad), other.tolist()) == ([2], "negative", [4])


def test_a_client_that_has_gone_takes_no_room_in_the_batch():
    predict = Doubling()
    batcher = Batcher(predict)

    async def one_leaves():
        leaving, staying = (asyncio.ensure_future(batcher.predict(rows(value))) for value in (1, 2))
        await asyncio.sleep(0)  # both wait now
        leaving.cancel()
        return await asyncio.wait_for(asyncio.gather(leaving, staying, return_exceptions=True), 5)

    gone, answered = asyncio.run(one_leaves())
    assert isinstance(gone, asyncio.CancelledError)
    assert (answered.tolist(), predict.calls) == ([4], [[2]])


def test_a_request_of_many_rows_leaves_the_event_loop_free():
    predict = Doubling()
    many = rows(*range(INLINE_ROWS + 1))
    found, other = ask(Batcher(predict), many, rows(7))
    assert found.tolist() == (many["x"] * 2).tolist()
    assert other.tolist() == [14]
    assert sorted(map(len, predict.calls)) == [1, INLINE_ROWS + 1]
