"""The small words of both languages: they tell a text's language, and need not be found when others are looked for.

Words that somebody may mean ("perché", "come", "dove", "non", "how", "why", "not") are left out of `EMPTY`, which are
the ones that a query does without as long as it has others. All of them are in the index: a phrase needs them.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ITALIAN = _words("""
    il lo la i gli le un uno una di del dello della dei degli delle al allo alla ai agli alle da dal dallo dalla dai
    dagli dalle nel nello nella nei negli nelle con col su sul sullo sulla sui sugli sulle per tra fra e ed o ma se che
    chi cui non più come dove quando perché anche ancora già molto poco tutto tutti ogni qualche questo questa questi
    queste quello quella quelli quelle mio mia miei mie tuo tua suo sua suoi loro nostro mi ti si ci vi ne lui lei noi
    voi io tu è sono sei siamo siete era erano sarà essere stato stata ho hai ha abbiamo avete hanno avere fatto fare
    così cosa qui quindi però poi proprio solo sempre mai senza dopo prima
    """)
ENGLISH = _words("""
    the an and of to in is are was were be been it its that this these those for on with as at by from or but if not no
    you your he she they we our my his her their them us me have has had do does did will would can could should may
    might what which who when where why how there here than then so just about into out up down over some any all more
    most other only also very because too after before
    """)
_MEANT = _words("perché come dove quando non così cosa senza mai prima dopo not no how why where when without")

EMPTY = frozenset(it.translate(str.maketrans("èéàòùì", "eeaoui")) for it in (ITALIAN | ENGLISH) - _MEANT) | _words(
    "a c d l s t"
)
"""Folded, as the words of a query are."""

ELIDED = _words("""
    l un d c n m t s v gl qu dell nell all dall sull coll pell quell quest sant bell buon mezz nient tutt anch neanch
    nemmen com dov cos senz pover grand cent vent trent quarant cinquant sessant settant ottant novant entramb qualcun
    ciascun nessun alcun
    """)
"""What stands before an apostrophe and is no word to look for: l'acqua, dell'orto, un'idea."""
ENDINGS = _words("t s re ve ll d m")
"""What stands after one in English: don't, it's, we're."""
