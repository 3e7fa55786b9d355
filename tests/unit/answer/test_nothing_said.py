"""Saying that nothing is said, in many words; and claims that hold "not", which must be checked."""

import pytest

from rag.answer.nothing_said import says_nothing
from rag.answer.reply import is_refusal, read_reply

REFUSALS = """\
The abstracts do not state the batch size.
None of the passages mentions the training cost.
I'm sorry, but I cannot answer this from the given abstracts.
There is no information about this in the provided sources.
The provided context doesn't contain enough information to answer the question.
No abstract here reports the number of GPUs.
This is not specified in the abstracts.
The batch size is not mentioned.
I could not find an answer in the passages.
Unfortunately, the sources are silent on this point.
The passages discuss quantisation and pruning, but none of them states the cost [1] [2].
The question cannot be answered from the passages. They focus on cache sharing.
Based on the passages, it is unclear from the abstracts how long training takes.
The abstract of KVSharer does not say which licence is used [1].
Insufficient information to answer.
The given passages lack details about energy use. Please provide more context.
Nothing in these abstracts tells how the data was collected.
Sorry, the documents say nothing about this.
The energy use is left unspecified in both abstracts.
It is not possible to determine this: the abstracts do not report figures, so the cost is unknown.
Neither abstract gives any figures for memory use.
I don't have enough information to answer that.
The passages provided make no mention of licensing.
Regrettably, this detail is absent from the abstracts.
The retrieved documents don't cover this topic.
None of the sources you gave me touch on this question.
It isn't clear from the passages which optimiser was used.
The papers listed here do not address the question of cost. They are about image generation.
No relevant information was found in the abstracts.
The available passages do not provide any data on latency [1][2].
That cannot be determined from the information given.
The exact hyperparameters are not disclosed in the passage [1].
I was unable to find anything about this in the abstracts you provided.
There's nothing in the passages regarding carbon emissions.
The abstracts only discuss accuracy; training time is not reported.
My sources do not contain an answer to this.
The text does not specify who funded the work.
Unfortunately, none of the provided abstracts directly answers how many users took part.
This question falls outside the scope of the provided passages.
The passages mention KVSharer [1], however they do not say when it was released.""".split("\n")
CLAIMS = """\
The paper does not use labels [1].
KVSharer does not need retraining [1].
The model is not given labels during training [1].
The method cannot be applied to encoder models [1].
There is no evidence of overfitting in any run [1].
None of the papers uses more than 8 GPUs [1].
No information is lost in the conversion [1].
The batch size is not the bottleneck [1].
Causality cannot be inferred from observational data [1].
The problem is not addressed by earlier work [1].
Earlier studies did not find an effect [1].
The texts do not contain toxic words after filtering [1].
The context does not include examples, so the model works zero-shot [1].
The abstract does not state the batch size, but it trains on 8 GPUs [1].
The abstract does not give an exact number but says that it is above 90% [1].
Alpha does not mention Beta by name; it saves 30% of memory [1].
There is no benefit from more than 4 layers [1].
It is not clear why larger models forget more, the authors say [1].
The approach does not require information about the user [1].
Users are not told which answer is machine-made [1].
The sources of error are not independent [1].
No details of the image are lost at 4 bits [1].
The authors do not observe any drop in accuracy [1].
Documents without labels are not discarded [1].
The model cannot answer questions about negation [1].
Language models cannot say what they do not know [1].
The study found no difference between the groups [1].
Without labels, the method cannot be trained [1].
The classifier fails to detect sarcasm in the text [1].
The abstract is not summarised by the model but copied [1].
The passage encoder does not share weights with the question encoder [1].
Passages are not retrieved but generated [1].
No context is given to the student model [1].
The paper does not only report accuracy, it also measures 3 kinds of cost [1].
Accuracy is not affected by pruning half of the heads [1].
The authors did not pretrain on abstracts [1].
It does not compare well with H2O at 2 bits [1].
The data are not available for training, so synthetic text is used [1].
Not all layers are pruned [1].
Retraining is not needed [1].
The student does not see the teacher's labels [1].
The scores do not differ between the two groups [1].
Alpha cannot be combined with quantisation [1].
There is no mention-level supervision in the training data [1].
The encoder is not updated, and no gradients are stored [1].
Reviewers could not tell the two apart [1].
The agent is not told the goal [1].
None of the baselines reaches 90% [1].
Information is not shared between heads [1].
The dataset does not include speech [1].
Nothing but the adapter is trained [1].
It is not the number of layers that matters [1].
The source language is not known at test time [1].
Models do not report their uncertainty [1].
The benefit is not found in smaller models [1].
The system refuses to answer when no passage supports it [1].
No statement about causality is made by the model [1].
The prompt contains no examples [1].
Most users did not mention privacy [1].""".split("\n")


@pytest.mark.parametrize("reply", REFUSALS)
def test_a_refusal_is_known_in_other_words(reply):
    assert is_refusal(reply)


@pytest.mark.parametrize("reply", CLAIMS)
def test_a_claim_that_holds_not_is_a_claim(reply):
    assert not is_refusal(reply)
    assert not any(says_nothing(each.text) for each in read_reply(reply))


@pytest.mark.parametrize(
    "sentence",
    ["The abstract does not state the batch size.", "No abstract here reports the cost.",
     "The abstracts are silent on it, so the cost is unknown."],
)  # fmt: skip
def test_a_sentence_that_only_says_what_is_not_stated_is_none(sentence):
    assert says_nothing(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["The abstract does not state the batch size, but it is 32.",
     "The abstract does not state the batch size, which is 32.",
     "The abstract does not state the batch size and trains on 8 GPUs.",
     "Although layers can be shared, the abstract does not say how."],
)  # fmt: skip
def test_what_is_said_beside_it_is_a_claim(sentence):
    assert not says_nothing(sentence)


def test_an_answer_that_says_what_is_missing_is_no_refusal():
    told = "The abstracts do not state the cost. KVSharer saves 30% of memory [1]."
    assert not is_refusal(told) and not is_refusal("") and not is_refusal("They are about plants.")
    assert not is_refusal("The abstracts do not say this. " * 40)
