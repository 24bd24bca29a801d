from pipelines.monitors.corrections import any_of, holm


def test_holm_stops_at_the_first_that_stands():
    p_values = {"a": 0.001, "b": 0.04, "c": 0.004, "d": 0.02}
    assert holm(p_values, 0.01) == {"a"}
    assert holm({"a": 0.001, "c": 0.003}, 0.01) == {"a", "c"}


def test_one_of_several_tests_pays_for_all():
    assert any_of(0.01, 0.4) == 0.02
    assert any_of(0.7, 0.8) == 1.0
