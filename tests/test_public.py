import rag


def test_the_public_names_are_sorted_and_exist():
    assert rag.__all__ == sorted(rag.__all__)
    for name in rag.__all__:
        assert getattr(rag, name).__module__.startswith("rag."), name


def test_nothing_public_is_missing_from_the_list():
    public = {
        name
        for name, value in vars(rag).items()
        if isinstance(value, type) and value.__module__.startswith("rag.")
    }
    assert public | {"Assistant"} == set(rag.__all__)
