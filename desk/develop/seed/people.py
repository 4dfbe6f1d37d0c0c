"""Invented people: names with their readings, addresses of reserved domains, numbers that ring nowhere."""

from random import Random

from desk.tickets.content import Contact

FAMILIES = [
    tuple(pair.split("/"))
    for pair in [
        "佐藤/さとう",
        "鈴木/すずき",
        "髙橋/たかはし",
        "高橋/たかはし",
        "田中/たなか",
        "伊藤/いとう",
        "渡辺/わたなべ",
        "渡邊/わたなべ",
        "山本/やまもと",
        "中村/なかむら",
        "小林/こばやし",
        "加藤/かとう",
        "吉田/よしだ",
        "山田/やまだ",
        "佐々木/ささき",
        "山口/やまぐち",
        "松本/まつもと",
        "井上/いのうえ",
        "木村/きむら",
        "林/はやし",
        "斎藤/さいとう",
        "齋藤/さいとう",
        "清水/しみず",
        "山崎/やまざき",
        "山﨑/やまさき",
        "森/もり",
        "池田/いけだ",
        "橋本/はしもと",
        "阿部/あべ",
        "石川/いしかわ",
        "前田/まえだ",
        "小川/おがわ",
        "岡田/おかだ",
        "長谷川/はせがわ",
        "藤田/ふじた",
        "後藤/ごとう",
        "近藤/こんどう",
        "村上/むらかみ",
        "遠藤/えんどう",
        "青木/あおき",
        "坂本/さかもと",
        "福田/ふくだ",
        "太田/おおた",
        "西村/にしむら",
        "藤井/ふじい",
        "金子/かねこ",
        "岡本/おかもと",
        "藤原/ふじわら",
        "三浦/みうら",
        "中野/なかの",
        "原田/はらだ",
        "松田/まつだ",
        "竹内/たけうち",
        "小野/おの",
        "中山/なかやま",
        "田村/たむら",
        "石田/いしだ",
        "森田/もりた",
        "上田/うえだ",
        "柴田/しばた",
        "酒井/さかい",
        "工藤/くどう",
        "横山/よこやま",
    ]
]
GIVEN = [
    tuple(pair.split("/"))
    for pair in [
        "太郎/たろう",
        "花子/はなこ",
        "陽菜/ひな",
        "結衣/ゆい",
        "大翔/ひろと",
        "蓮/れん",
        "美咲/みさき",
        "さくら/さくら",
        "翔太/しょうた",
        "健一/けんいち",
        "由美子/ゆみこ",
        "恵子/けいこ",
        "直樹/なおき",
        "誠/まこと",
        "真由美/まゆみ",
        "智子/ともこ",
        "拓也/たくや",
        "愛/あい",
        "優子/ゆうこ",
        "大輔/だいすけ",
        "和也/かずや",
        "明美/あけみ",
        "久美子/くみこ",
        "浩/ひろし",
        "隆/たかし",
        "幸子/さちこ",
        "裕子/ゆうこ",
        "剛/つよし",
        "亮/りょう",
        "綾/あや",
        "千尋/ちひろ",
        "葵/あおい",
        "悠真/ゆうま",
        "湊/みなと",
        "凛/りん",
        "紬/つむぎ",
        "樹/いつき",
        "颯/はやて",
    ]
]
ENGLISH_FAMILIES = [
    "Smith",
    "Johnson",
    "Brown",
    "Taylor",
    "Miller",
    "Wilson",
    "Clark",
    "Lewis",
    "Young",
    "King",
    "Wright",
    "Hill",
    "Green",
    "Baker",
    "Nelson",
]
ENGLISH_GIVEN = [
    "Anna",
    "James",
    "Mary",
    "Robert",
    "Linda",
    "Michael",
    "Sarah",
    "David",
    "Emma",
    "Daniel",
    "Laura",
    "Peter",
    "Olivia",
    "Simon",
    "Grace",
]
COMPANIES = [
    "青空商事株式会社",
    "株式会社みなと製作所",
    "有限会社ひかり",
    "東西システム株式会社",
    "さくら物流株式会社",
    "",
]
DEPARTMENTS = ["総務部", "営業部", "情報システム部", "人事部", ""]
DOMAINS = ("example.jp", "example.com", "mail.example", "post.example.net")
TOWNS = (
    "東京都千代田区",
    "大阪府大阪市北区",
    "愛知県名古屋市中区",
    "福岡県福岡市博多区",
    "北海道札幌市中央区",
    "宮城県仙台市青葉区",
)


def make_person(rng: Random, language: str, *, at_work: bool, with_email: bool) -> Contact:
    """Return somebody who writes in `language`; `at_work` adds a company, without e-mail there is a postal address."""
    name, reading, local = _english(rng) if language == "en" else _japanese(rng)
    number = f"090-{rng.randrange(10_000):04}-{rng.randrange(10_000):04}" if rng.random() < 0.6 else ""
    postal = not with_email or rng.random() < 0.2
    return Contact(
        name=name,
        reading=reading,
        company=rng.choice(COMPANIES) if at_work else "",
        department=rng.choice(DEPARTMENTS) if at_work else "",
        email=f"{local}{rng.randrange(100_000)}@{rng.choice(DOMAINS)}" if with_email else "",
        phone=number,
        postal_code=f"{rng.randrange(100, 999)}-{rng.randrange(10_000):04}" if postal else "",
        address=f"{rng.choice(TOWNS)}{rng.randrange(1, 9)}-{rng.randrange(1, 30)}-{rng.randrange(1, 20)}"
        if postal
        else "",
    )


def _japanese(rng: Random) -> tuple[str, str, str]:
    family, family_reading = rng.choice(FAMILIES)
    given, given_reading = rng.choice(GIVEN)
    return f"{family} {given}", f"{family_reading} {given_reading}", "user"


def _english(rng: Random) -> tuple[str, str, str]:
    family, given = rng.choice(ENGLISH_FAMILIES), rng.choice(ENGLISH_GIVEN)
    return f"{given} {family}", "", f"{given}.{family}".lower()
