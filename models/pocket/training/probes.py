"""Texts on which a CLIP tokenizer is easily wrong."""

ROCKET = "a cat left of a rocket on a blue background"

PROBES = [
    # ordinary captions
    "", "a", "cat", ROCKET, "a big pizza on a yellow background", "a green apple right of an egg on a gray background",
    "an owl below a crown on a purple background", "a robot and a ghost", "a turtle at the bottom on an orange background",
    # case and white space
    "A CAT LEFT OF A ROCKET", "A Photo of a CaT", " ", "   \t\n ", "a  cat\tand\n a   dog ", "\u00a0a\u00a0cat\u2003dog\u3000",
    "a\u200bcat", "a\r\ncat", "\ufeffcat", "a\x0bcat\x0cdog", "a\x00cat", "\x1b[31mcat\x7f",
    # punctuation and digits
    "!!", "cat, dog & fox!!!", "12 cats, 3.5 dogs and 1,000 birds", "2024-05-01T10:20:30Z", "under_score-hyphen/slash\\back",
    "(red:1.3) [blue] {green} <lora:x:0.5>", "it's they're don't I'll we've he'd I'm 'twas", "'s't're", "rock'n'roll", "a.b.c...d",
    "…ellipsis “quotes” ‘single’ – — ―", "$100 €5 £3 ¥9 50% #1 @home ^_^ ~ | `x`", "½ ² ³ ① Ⅷ", "cat" + "!" * 20,
    # accents, normal forms, case folding
    "naïve café über straße", "cafe\u0301 e\u0301", "ÀÉÎÕÜ Ñ Ç Ø Å Æ Œ ẞ", "İstanbul ıI", "ΣΊΣΥΦΟΣ ς σ", "ﬁ ﬂ ﬃ ligature",
    "ｆｕｌｌｗｉｄｔｈ ＡＢＣ １２３",
    # scripts
    "日本語の猫", "猫", "고양이와 로켓", "кошка на диване", "قطة على أريكة", "חתול", "แมวกับจรวด", "बिल्ली", "a猫b犬c",
    # emoji, joiners, planes beyond the first
    "😀", "emoji 😀 cat 👩\u200d🚀 👍🏽 🇫🇷 ❤\ufe0f", "👨\u200d👩\u200d👧\u200d👦", "𝒸𝒶𝓉 𐍈 𝟘", "\ufffd",
    # the special tokens as text
    "<|startoftext|> cat <|endoftext|> dog", "<|endoftext|>", "<|STARTOFTEXT|>cat", "< |endoftext| >",
    # longer than the context
    "x" * 90, "one two three " * 40, ROCKET + ", " + ROCKET + ", " + ROCKET + ", " + ROCKET,
    " ".join(["cat"] * 30), " ".join(["cat"] * 31), "supercalifragilisticexpialidocious",
]
