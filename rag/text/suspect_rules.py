"""The forms of sentences that address a machine or a reader, of markup and of hostile links.

Abstracts are written in the third person: an imperative or a "your" tells. Patterns see lower-case
text of plain letters. Each is tried only where one of the words beside it stands, which is quicker.
"""

from __future__ import annotations

import re

Rules = tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


# -- orders: an imperative that opens a sentence ---------------------------------------------------

_LABELS = (
    "important urgent critical attention warning reminder notice note update task request".split()
)
_SOFTENERS = (
    "please now then next first also just simply always instead kindly hey hi hello".split()
)
_READERS = "ai assistant chatbot chatgpt model llm reader reviewer bot agent".split()
_WHEN = "if when whenever after once in for as from at to before regardless".split()
_IGNORE = "ignore disregard forget override overrule bypass discard neglect erase skip".split()
_SPEAK = "reply respond answer print say repeat output write return state echo conclude".split()
_EDGE = "begin start end finish open close sign".split()
_CALL = (
    "reveal leak disclose recommend praise tell pretend translate summarize summarise compose "
    "rewrite rephrase scramble jumble misspell anagram click subscribe install download email "
    "execute cite mention promote assert claim advise rate report write"
).split()
_MAKE = (
    "explain describe provide give draft develop create add append insert include convert replace "
    "substitute introduce generate list combine remove rearrange integrate modify augment enhance "
    "render incorporate embed use make break"
).split()
_OTHER = (
    "group stop pay take set do don't never call invoke run act behave speak can could would will "
    "how you"
).split()
FIRST = frozenset(
    _LABELS + _SOFTENERS + _READERS + _WHEN + _IGNORE + _SPEAK + _EDGE + _CALL + _MAKE + _OTHER
)
"""What an order begins with."""
OPENING = re.compile(r"[.!?;\n—–>\]](?<!e\.g\.)(?<!i\.e\.)[\"')\]:*•#>-]*\s+(?:[-*•#>]+\s+)?")
"""After this an order may stand."""


def _words(words: list[str]) -> str:
    return rf"(?:{'|'.join(words)})"


_HEAD = (
    rf"(?:(?:{_words(_LABELS)}(?: to [\w ]{{2,30}})?\s*[:!,-]+\s*)?"
    rf"(?:(?:{_words(_SOFTENERS)}|(?:dear )?{_words(_READERS)}),?\s+){{0,3}})"
    rf"(?:{_words(_WHEN)}\b(?:(?!\bwe\b)[^.!?;\n]){{1,100}}?,\s+(?:{_words(_SOFTENERS)},?\s+)?)?"
)
_MODEL_RULES = (
    r"\b(?:instructions?|prompts?|directions?|directives?|rules|guidelines?|commands?|orders|"
    r"restrictions|guardrails|safety|polic(?:y|ies)|system message|programming)\b"
)
_EARLIER = r"(?:previous|prior|above|preceding|earlier|foregoing|former|existing|original|system)"
_IGNORES = (
    rf"(?:{'|'.join(_IGNORE)}|stop following|(?:do not|don't) follow|pay no attention to|"
    r"take no notice of|set aside)"
)
_PERSON = r"(?:me|us|him|them|everyone|people|users?|readers?|anyone|the (?:user|reader|reviewer))"
ORDER = re.compile(
    _HEAD
    + "(?:"
    + "|".join(
        (
            rf"{_IGNORES}\b[^.!?\n]{{0,60}}?{_MODEL_RULES}",
            rf"{_IGNORES} (?:all|any|everything|anything|what|whatever|your|every|"
            rf"manual|{_EARLIER})\b",
            rf"{_IGNORES} (?:the|this|these|those) (?:{_EARLIER}|rest|text|abstract|passages?|"
            r"question|user|content|documents?|papers?)\b",
            rf"(?:{_words(_SPEAK)}|{_words(_EDGE)}) (?:back |out )?(?:only|just|exactly|nothing|"
            r"simply|exclusively|solely|verbatim|the (?:following|words?|phrase|sentence|text|"
            r"string|exact)|this (?:word|phrase|sentence|exact)|with (?:the|only|just|exactly|a|an|"
            r"one|['\"])|['\"<\[]|\w+ and nothing|that (?:the|this|you|it|no)|every|each|all )",
            r"(?:reply|respond|answer|write|speak) (?:\w+ )?(?:in|as|like|to (?:every|any|all|"
            r"this)|using|without)\b",
            rf"{_words(_CALL)} (?:a|an|the|this|that|these|all|any|every|each|one|here|below|it|"
            rf"how|what|words|letters|www|https?|in your|{_PERSON})\b",
            rf"{_words(_MAKE)} (?:up )?(?:a|an|one|{_PERSON}|how|the (?:following|words?|phrase|"
            r"sentence|process|theory|link|full|lifecycle|plot|text|letters|below|subsequent|"
            r"spanish|french|german)|every|each|vowels|letters|words|spaces|\")(?!\w)",
            r"break down the\b|group (?:the )?(?:letters|words)\b",
            r"(?:act|behave|speak) as (?:if|an?|the|though)\b|pretend (?:to be|that|you)\b",
            r"(?:do not|don't|never) (?:mention|reveal|cite|tell|evaluate|disclose|answer|use|"
            r"follow|refuse|say|report|read|trust|include|show|quote|summari[sz]e|respond|reply|"
            r"write|print|output|warn|question|contradict|share|hesitate|forget|stop|let)\b",
            r"(?:call|invoke|use|run|open|execute) (?:the|your|a) (?:\w+ )?(?:tool|function|"
            r"browser|shell|terminal|command|plugin|api)\b",
            r"(?:can|could|would|will) you\b|how (?:do|can|would) you (?:say|write|spell)\b",
        )
    )
    + ")"
)

# -- address: a sentence that speaks to its reader -------------------------------------------------

_TOLD = (
    r"\b(?:please|now|you(?: must| should| shall| will| may| need to| have to| are to)?|must|"
    r"(?:i|we) (?:want|need|ask|order|command|urge) you to|let's)\s+"
)
_READER = (
    r"(?:ai|llms?|(?:large )?language models?|(?:ai )?assistants?|chat ?bots?|bots?|agents?|gpt|"
    r"chatgpt|models?|summari[sz]ers?|reviewers?|readers?|crawlers?|(?:automated|automatic|"
    r"screening|analysis|ranking|retrieval) (?:\w+ )?(?:systems?|software|tools?))"
)
ADDRESS: Rules = (
    (
        tuple(_IGNORE),
        re.compile(rf"{_TOLD}{_IGNORES} [^.!?\n]{{0,40}}?(?:{_MODEL_RULES}|\b{_EARLIER}\b)"),
    ),
    (
        ("you",),
        _any_of(
            r"\byour (?:\w+ ){0,2}?(?:answers?|responses?|repl(?:y|ies)|outputs?|messages?|"
            r"instructions?|prompts?|summar(?:y|ies)|codebase|code|solution|implementation|"
            r"elucidation|guidelines|rules|training data|programming|developers?|evaluation|"
            r"verdict|conversation|memory|task is|job is|role is|next|account|password|wallet|"
            r"payout|payment|credentials?|card|bank|log-?in|computer|browser|session|nominated|"
            r"vote|profile|api key)\b",
            r"\byou (?:are now|must|will now|are to|have to|are required|are instructed|shall|"
            r"may not|have been (?:instructed|told|given|updated|authori[sz]ed|selected|chosen)|"
            rf"(?:should|need to|will|can|may) (?:\w+ )?(?:{_words(_SPEAK)}|{_words(_CALL)}))\b",
            r"\byou are (?:an? )?(?:helpful|expert|unrestricted|free|no longer|dan|(?:in )?\w+ "
            r"mode|ai|assistant|chatbot|language model)\b",
            r"\b(?:i|we) (?:want|need|order|command|urge|instruct) you to\b|\bif you are an? ai\b",
            r"\bthank(?:s| you) for (?:the|your)\b",
        ),
    ),
    (
        (":",),
        _any_of(
            r"(?:^|[.!?\n\])]\s*|\n\W*)[\[(*#<]{0,3}\s*(?:system|assistant|user|human|ai|developer|"
            r"administrator|admin|operator|root)(?: (?:prompt|message|note|notice|instructions?|"
            r"override|update|alert|command|role|reply|response))?\s*[\])*>]{0,3}\s*:(?![\w/])",
            rf"\b(?:note|message|instructions?|notice|memo|reminder|hint|attention|directive)s? "
            rf"(?:to|for) (?:the |any |all |every )?(?:\w+ ){{0,2}}?{_READER}\b[^.!?\n]{{0,60}}:",
            r"(?:^|[.!?\n]\s*)\W{0,4}(?:new|updated|additional|hidden|secret|revised|further|"
            r"override) (?:\w+ )?(?:instructions?|rules?|tasks?|objectives?|directives?|orders?|"
            r"prompts?|goals?|polic(?:y|ies))\s*:",
            r"(?:^|[.!?\n]\s*)(?:question|q)\s*:[^\n]{3,400}?\?\s*(?:answer|a)\s*:",
        ),
    ),
    (
        (
            "ing this",
            "ing these",
            "ing here",
            "reads this",
            "cesses this",
            "hey",
            "hello",
            "dear",
            "attention, ",
            "attention ai",
            "attention a",
        ),
        _any_of(
            rf"\b{_READER} (?:that (?:reads?|is reading|process(?:es)?|summari[sz]es?)|reading|"
            r"processing|summari[sz]ing|reviewing|parsing|who reads?) (?:this|these|here)\b",
            rf"(?:^|[.!?]\s+)(?:dear|attention|hey|hello|hi),? (?:all )?{_READER}\s*[,:!]",
        ),
    ),
    (
        ("must", "should", "shall", "has to", "needs to"),
        re.compile(
            r"\b(?:every|all|any|each|the) (?:\w+ )?(?:answers?|responses?|repl(?:y|ies)|"
            r"summar(?:y|ies)|reviews?)\b[^.!?,\n]{0,30} (?:must|should|shall|has to|needs? to) "
            r"(?:recommend|mention|end|begin|start|say|cite|advise|link)\b"
        ),
    ),
    (
        ("invisible", "hidden", "visible", "screening"),
        re.compile(
            r"\b(?:invisible|hidden) (?:to|from) (?:humans?|people|readers?|users?)\b|"
            r"\bvisible (?:only )?to (?:the )?(?:llms?|models?|ai)\b|"
            r"\bfor automated (?:screening|review)"
        ),
    ),
    (
        ("please",),
        re.compile(
            r"\bplease (?:ignore|disregard|repeat|respond|reply|answer|confirm|log|sign|send|"
            r"enter|share (?:your|this)|forward|write|print|say|tell|explain|translate|recommend|"
            r"include|add|give|rate|accept|state|output|do not|never|go to)\b"
        ),
    ),
    # German, French, Spanish, Chinese.
    (
        ("gnorier", "verg", "acht", "befolg", "antwort", "schreib", "empfiehl", "gib ", "sag"),
        _any_of(
            r"\b(?:ignorier(?:e|en sie|t)|verg(?:iss|esst|essen sie)|missachte(?:n sie)?|"
            r"beachte(?:n sie)? nicht|befolge(?:n sie)?)\b[^.!?\n]{0,60}\b(?:anweisung|instruktion|"
            r"anleitung|regel|vorgabe|befehl|prompt|aufforderung|obige|bisherige|vorherige)",
            r"(?:^|[.!?:;,\n]\s*|\b(?:und|bitte|dann) )(?:antworte(?:n sie)?|schreibe?(?:n sie)?|"
            r"empfiehl|gib|sage?|wiederhole)\b(?! (?:ich|wir|man|er)\b)[^.!?\n]{0,30}"
            r"(?:\b(?:nur|ausschließlich|stets|immer|mit|auf|aus|dass|in deiner)\b|['\"])",
            r"\bdein(?:e|er|en)? (?:antwort|anweisung|ausgabe)",
        ),
    ),
    (
        ("gnore", "oubli", "compte", "répond", "vos ", "votre", "écri", "dites"),
        _any_of(
            r"\b(?:ignore[zr]?|oublie[zr]?|ne (?:tenez|tiens) (?:pas|aucun) compte)\b"
            r"[^.!?\n]{0,60}\b(?:instructions? (?:pré|ci|du|sys)|consignes?|directives? (?:pré|ci)|"
            r"règles|ordres)",
            r"(?:^|[.!?:;,\n]\s*|\bet )(?:répond(?:s|ez)|écri(?:s|vez)|dites|recommandez?|"
            r"répétez?)\b[^.!?\n]{0,30}(?:\b(?:uniquement|seulement|toujours|par|avec|simplement|"
            r"que|en)\b|['\"])",
            r"\b(?:ta|votre) (?:réponse|consigne)|\bvos (?:réponses|instructions|consignes)",
        ),
    ),
    (
        ("gnora", "gnore", "olvid", "caso ", "respond", "escrib", "tu "),
        _any_of(
            r"\b(?:ignor[ae]|olvid[ae]|haz caso omiso|no hagas caso|descarta)\b[^.!?\n]{0,60}\b"
            r"(?:instrucci|indicaci|órdenes|reglas|directri|mensaje)",
            r"(?:^|[.!?:;,\n]\s*|\by )(?:responde|escribe|recomienda|repite|contesta)\b"
            r"[^.!?\n]{0,30}(?:\b(?:solo|sólo|únicamente|siempre|con|solamente|que|en)\b|['\"])",
            r"\btus? (?:respuestas?|instrucciones|indicaciones)",
        ),
    ),
    (
        tuple("忽略无無视忘不只仅请請必你"),
        _any_of(
            r"(?:忽略|无视|無視|忽視|忘记|忘記|不要理会|不要遵循|抛弃)[^。！？\n]{0,20}"
            r"(?:指令|指示|说明|說明|提示|规则|規則|要求|内容|內容|命令)",
            r"(?:只|仅|僅|请|請|必须|必須)(?:要|需|能)?(?:回复|回覆|回答|输出|輸出|说|說|推荐)",
            r"你(?:现在|現在)?(?:是|必须|必須|应该|應該|的(?:回答|回复|指令))",
        ),
    ),
)

# -- markup and links ------------------------------------------------------------------------------

MARKUP: Rules = (
    (
        ("<", "&lt;"),
        _any_of(
            r"(?:<|&lt;)\s*/?\s*(?:script|iframe|object|embed|form|input|button|svg|style|meta|"
            r"link|base|img|image|video|audio|frame|body|html|head|marquee)(?=[\s/>&])[^<>]{0,400}",
            r"<[a-z][^<>]{0,200}\son[a-z]{3,20}\s*=|<!--",
            r"(?:<|&lt;)\s*/?\s*(?:passages?|conversation|system|instructions?)\b[^<>]{0,40}>",
            r"(?<![\"'(`])<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|"
            r"begin_of_text|start_header_id|end_header_id|channel|message)\|>(?![\"'`])|"
            r"(?<![\"'(`])<(?:start|end)_of_turn>|<</?sys>>",
        ),
    ),
    (
        ("[", "##"),
        _any_of(
            r"(?<![\"'(`])\[/?(?:inst|system|sys)\](?![\"'`]| (?:tokens?|tags?|format))",
            r"!\[[^\]\n]{0,200}\]\(\s*[a-z]",
            r"(?:^|\n|[.!?]\s)#{2,}\s*(?:system|instructions?|assistant|user|response|human)\b",
        ),
    ),
    (
        ("script:", "data:", "file:"),
        re.compile(r"\b(?:java|vb|j)script\s*:|\bdata:[a-z]+/[a-z+.-]+[;,]|file:///"),
    ),
    (
        ("(", "rm -", "curl"),
        re.compile(
            r"\b(?:os|subprocess|requests|shutil|socket|smtplib|urllib|httpx|pickle)(?:\.\w+)+\(|"
            r"\b(?:eval|exec|alert|fetch)\(['\"]|\brm -rf\b|\bcurl\s[^.\n]{0,40}http|"
            r"\bdocument\.cookie\b"
        ),
    ),
    (("```",), re.compile(r"```.*?(?:```|$)", re.DOTALL)),
    (("]8;;", "\x1b"), re.compile(r"\x1b|\]8;;")),
)
LINKED = re.compile(
    r"<a\s[^<>]{0,200}?href\s*=\s*[\"']?([^\"'\s<>]+)[^.]{0,80}|"
    r"(?<!!)\[[^\]\n]{1,200}\]\(((?:https?:|www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})[^()\s]*)\)|`[^`<>\n]{0,60}<+([^<>\s]+)>+`_"
)
"""A link with a text of its own."""
LURE = re.compile(
    r"\b(?:click|tap|log ?in|sign (?:in|up)|verify|confirm|claim|download|install|enter|subscribe|"
    r"buy|urgent|winner|prize|gift|accounts?|passwords?|wallet|payout)\b[^!?\n]{0,120}?"
    r"(?:https?://|www\.|\b[\w-]+\.(?:com|net|xyz|info|top|ru|biz|example|test)\b)[^\s]*"
)
"""What lures a person to an address."""
KNOWN = re.compile(
    r"(?:https?://|www\.)?(?:[\w-]+\.)*(?:github\.(?:com|io)|gitlab\.\w+|huggingface\.co|hf\.co|"
    r"doi\.org|arxiv\.org|zenodo\.org|osf\.io|figshare\.com|kaggle\.com|bitbucket\.org|"
    r"readthedocs\.io|pypi\.org|r-project\.org|bioconductor\.org|clinicaltrials\.gov|nih\.gov|"
    r"youtube\.com|youtu\.be|4open\.science|openreview\.net|google\.com|"
    r"\w+\.(?:edu|gov|ac)(?:\.\w+)?)(?=[/:?#)\]\"'.,;\s]|$)"
)
"""Addresses of code, data and publishers."""
TELLS = re.compile(
    r"\b(?:project|code|data|datasets?|available|demo|models?|website|web ?page|homepage|"
    r"repository|supplementary|supplement|software|implementation|benchmark|registered)\b"
)
"""Words that say why a paper has a link."""
