import pytest

from rag.text import language_of


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("What is LoRA?", "en"), ("LoRA", "en"), ("", "en"), ("compression rates", "en"),
        ("Was ist das?", "de"), ("Wie viele Parameter hat das Modell?", "de"),
        ("Quels articles sur la compression?", "fr"), ("¿Qué es LoRA?", "es"),
        ("Que es el modelo?", "es"), ("Che cosa è LoRA?", "it"), ("O que é LoRA?", "pt"),
        ("Wat is het verschil?", "nl"), ("什么是LoRA?", "zh"), ("LoRAとは何ですか", "ja"),
        ("무엇입니까", "ko"), ("Что это?", "ru"), ("Τι είναι αυτό", "el"), ("ما هو", "ar"),
        ("यह क्या है", "hi"),
    ],
)  # fmt: skip
def test_the_language_of_a_question(question, language):
    assert language_of(question) == language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("What is DER-LA-LES-UN?", "en"),  # a name has no language
        ("What does β do to the learning rate?", "en"),  # nor has a letter
        ("die or not to die, what is it", "en"),
    ],
)
def test_what_does_not_tell(question, language):
    assert language_of(question) == language
