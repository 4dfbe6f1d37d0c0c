"""Invented letters: what people ask for, by kind of request, and what the desk answers, in both languages."""

from random import Random

COMMON_WORD = "領収書"
"""Stands in every tenth ticket."""
COMMON_EVERY = 10

RARE_WORD = "珊瑚礁"
"""Stands in a handful of tickets, however many there are."""
RARE_TICKETS = 5

ASKS: dict[str, tuple[list[str], list[str]]] = {
    "D33": (
        ["登録している私の情報をすべて見せてください。", "貴社が保有する私の個人データの開示を請求します。", "問い合わせの履歴と登録内容の写しを希望します。"],
        ["Please let me see all the data you hold about me.", "I would like a copy of my account data and its history."],
    ),
    "C34": (
        ["引っ越したため、登録された住所の訂正をお願いします。", "氏名の漢字が誤って登録されています。正しく直してください。", "旧姓のまま案内が届きます。変更をお願いします。"],
        ["My address is wrong in your records; please correct it.", "My name is misspelt. Please put it right."],
    ),
    "S355": (
        ["サービスを利用しなくなったので、個人情報の消去を求めます。", "退会後も情報が残っているようです。利用を停止してください。", "今後は利用しないため、登録情報をすべて消してください。"],
        ["I no longer use your service. Please erase my data.", "Please stop using my data; I have left."],
    ),
    "X353": (
        ["私の情報を提携先に渡すのをやめてください。", "心当たりのない会社から連絡がありました。提供の停止を求めます。"],
        ["Please stop passing my data to your partners."],
    ),
    "P32": (
        ["どのような目的で私の情報を使っているのか教えてください。", "電話番号の利用目的を通知してください。"],
        ["Please tell me what you use my telephone number for."],
    ),
    "T33": (
        ["私の情報を誰に提供したのか、記録の開示をお願いします。"],
        ["To whom did you give my data? Please disclose the records."],
    ),
    "K40": (
        ["退会したのに案内が届き続けています。どうなっているのですか。", "電話口で別の人の名前で呼ばれました。管理に不安があります。", "返事が遅く、たいへん困っています。責任者の説明を求めます。"],
        ["I still receive your letters although I left. Why?", "Your staff called me by another person's name. I am worried."],
    ),
    "N-UNSUB": (
        ["メールマガジンの配信を止めてください。", "何度手続きしても配信が続きます。"],
        ["Please stop sending me the newsletter."],
    ),
    "N-COOKIE": (
        ["クッキーで何を集めているのか教えてください。", "外部の解析サービスへの送信を止める方法はありますか。"],
        ["Which cookies do you use, and how can I refuse them?"],
    ),
    "N-ACCT": (["アカウントを削除したいのですが、手順が分かりません。"], ["How can I delete my account?"]),
    "N-APPL": (["昨年応募した際の書類を処分してください。"], ["Please destroy the papers of my application of last year."]),
    "N-GEN": (
        ["プライバシーポリシーの内容について質問があります。", "本人確認に必要な書類を教えてください。", "窓口の受付時間を知りたいです。"],
        ["I have a question about your privacy policy.", "Which proof of identity do you need?"],
    ),
}  # fmt: skip
MORE = (
    [
        "手続きに時間がかかる場合は、目安をお知らせください。", "平日の夕方以降であれば電話に出られます。", "以前の担当者からは回答をいただけませんでした。",
        "必要な書類があれば、あらかじめご連絡ください。", "登録時のメールアドレスは現在使っていません。", "家族と共用の端末から利用していました。",
        "契約番号は手元の書面で確認できます。", "できるだけ早くご対応いただけると助かります。", "回答は書面ではなくメールでお願いします。",
        "先月の二十日ごろに気づきました。", "画面の写しを添付します。", "ご不明な点があればお問い合わせください。", "どうぞよろしくお願いいたします。",
    ],
    [
        "Please tell me how long this will take.", "I can be reached by telephone in the evening.", "I did not get an answer to my last letter.",
        "I no longer use the address that I signed up with.", "I noticed it about a month ago.", "Thank you for your help.",
        "A screenshot is attached.", "Please answer by e-mail rather than by post.", "I use the service for my work.",
    ],
)  # fmt: skip
ANSWERS = (
    ["お問い合わせの件について、次のとおり回答いたします。", "確認の結果、ご希望の手続きが完了しました。", "詳しくは専用のページをご覧ください。", "ご不便をおかけし、申し訳ございませんでした。"],
    ["This is our answer to your request.", "We have checked and done what you asked for.", "Please see your page for the details.", "We are sorry for the trouble."],
)  # fmt: skip
NOTES = [
    "登録内容と照合済み。",
    "経理部に契約の有無を確認した。",
    "本人から電話あり。口調は穏やか。",
    "委託先に連絡し、返答を待っている。",
]
SPAM = ["Cheap watches, best price, click now!!!", "アクセスアップのご提案です。無料でお試しください。"]


def request_text(rng: Random, kind: str, language: str, index: int, total: int, *, is_spam: bool = False) -> str:
    """Return what one person writes; `index` of `total` decides whether the two words of the benchmarks stand in it."""
    which = 1 if language == "en" else 0
    asks = ASKS.get(kind, ASKS["N-GEN"])[which]
    lines = [rng.choice(SPAM)] if is_spam else [rng.choice(asks), *rng.sample(MORE[which], rng.randrange(2, 6))]
    if index % COMMON_EVERY == 0:
        lines.insert(1, f"先日の{COMMON_WORD}もあわせて確認したいです。")
    if is_rare(index, total):
        lines.append(f"会員名は「{RARE_WORD}」です。")
    return ("" if which == 0 else " ").join(lines)


def is_rare(index: int, total: int) -> bool:
    """Tell whether the ticket with this number holds the rare word: a handful, spread over all."""
    every = max(total // RARE_TICKETS, 1)
    return index % every == every // 2 and index // every < RARE_TICKETS


def answer_text(rng: Random, language: str) -> str:
    """Return what the desk answers."""
    which = 1 if language == "en" else 0
    return ("" if which == 0 else " ").join([ANSWERS[which][0], *rng.sample(ANSWERS[which][1:], 2)])
