"""Explanations that come with the house, in both languages: what happened, which rule, what the member can do.

They speak to one person, describe the text and not the character, and leave a gap (…) where only the moderator knows.
"""

import msgspec

from forum.kit.i18n import N_


class Canned(msgspec.Struct, frozen=True):
    """One explanation. `key`: "b:…" of the house, "o:12" written here; `reason`: offered first for it, "" for all."""

    key: str
    title: str
    reason: str
    body_en: str
    body_it: str

    @property
    def is_builtin(self) -> bool:
        """Came with the house: its title is a message id."""
        return self.key.startswith("b:")

    def body(self, locale: str) -> str:
        """The words in the member's language; English for any but Italian."""
        return self.body_it if locale == "it" else self.body_en


BUILTIN: tuple[Canned, ...] = (
    Canned(
        "b:attack", N_("Against the person, not the point"), "harassment",
        "Your post goes after the person instead of what they wrote. Disagreeing is welcome here, contempt is not. "
        "You can write your point again without that part, and it will stand.",
        "Il tuo messaggio se la prende con la persona invece che con quello che ha scritto. Dissentire va benissimo, "
        "il disprezzo no. Puoi riscrivere il tuo argomento senza quella parte, e resterà.",
    ),
    Canned(
        "b:pursuit", N_("Following somebody around"), "harassment",
        "You have answered the same person again and again after they stopped replying. Leave it be now: if something "
        "is left to say, tell the moderators instead.",
        "Hai continuato a rispondere alla stessa persona dopo che aveva smesso di risponderti. Ora lascia stare: se "
        "c’è ancora qualcosa da dire, dillo ai moderatori.",
    ),
    Canned(
        "b:groups", N_("Contempt for a group"), "hate",
        "What you wrote runs people down for what they are. That has no place here, not as a joke either.",
        "Quello che hai scritto disprezza delle persone per ciò che sono. Qui non c’è posto per questo, nemmeno per "
        "scherzo.",
    ),
    Canned(
        "b:threat", N_("Threat or praise of violence"), "violence",
        "Your post threatens somebody or praises violence. We take that seriously, whatever was meant by it.",
        "Il tuo messaggio minaccia qualcuno o esalta la violenza. Lo prendiamo sul serio, comunque fosse inteso.",
    ),
    Canned(
        "b:explicit", N_("Explicit pictures or words"), "sexual",
        "This is a place that everybody may open at work or beside a child. What you posted is too explicit for it.",
        "Questo è un posto che si deve poter aprire anche al lavoro o accanto a un bambino. Quello che hai pubblicato "
        "è troppo esplicito.",
    ),
    Canned(
        "b:private", N_("Somebody’s address, number or photo"), "personal_data",
        "Your post shows details of somebody who did not put them here themselves: an address, a number, a photo. "
        "Post it again without them, or with their consent.",
        "Nel tuo messaggio ci sono dati di una persona che non li ha messi qui da sé: un indirizzo, un numero, una "
        "foto. Puoi ripubblicarlo senza, oppure con il suo consenso.",
    ),
    Canned(
        "b:own-data", N_("Protecting their own data"), "personal_data",
        "You left your own address or number where anybody can read it. We hid the post to protect you: take it out, "
        "and send it to the person in question instead.",
        "Hai lasciato il tuo indirizzo o il tuo numero dove chiunque può leggerlo. Abbiamo nascosto il messaggio per "
        "proteggerti: toglilo e mandalo direttamente alla persona interessata.",
    ),
    Canned(
        "b:advert", N_("Advertising"), "spam",
        "Your post advertises something and adds nothing to the conversation. Whoever sells may say so in their "
        "profile, and may answer when asked.",
        "Il tuo messaggio fa pubblicità e non aggiunge nulla alla discussione. Chi vende può scriverlo nel profilo, e "
        "può rispondere se glielo chiedono.",
    ),
    Canned(
        "b:flood", N_("The same text several times"), "spam",
        "You posted the same text several times. Once, in the right place, is enough: we left one of them.",
        "Hai pubblicato più volte lo stesso testo. Una volta, nel posto giusto, basta: ne abbiamo lasciato uno.",
    ),
    Canned(
        "b:law", N_("Against the law"), "illegal",
        "What you posted appears to break the law: …. We are obliged to act on it. If we have misread it, object and "
        "tell us why.",
        "Quello che hai pubblicato sembra violare la legge: …. Siamo tenuti a intervenire. Se abbiamo capito male, fai "
        "ricorso e spiegaci perché.",
    ),
    Canned(
        "b:copied", N_("Somebody else’s work"), "illegal",
        "You posted a work of somebody else, whole or in large part, without their permission. A short quotation with "
        "its source is fine.",
        "Hai pubblicato un’opera di qualcun altro, intera o quasi, senza permesso. Una citazione breve con la fonte va "
        "bene.",
    ),
    Canned(
        "b:elsewhere", N_("Belongs in another thread"), "off_topic",
        "Your post is fine in itself, but leads this thread away from its subject. Open a thread of your own for it, "
        "and link to this one.",
        "Il tuo messaggio in sé va bene, ma porta questa discussione fuori strada. Aprine una tua, e rimanda a questa.",
    ),
    Canned(
        "b:again", N_("Again, after a warning"), "",
        "We have written to you about this before. Because it happened again, we now go one step further.",
        "Te ne avevamo già scritto. Visto che è successo di nuovo, stavolta facciamo un passo in più.",
    ),
    Canned(
        "b:calm", N_("A heated thread"), "",
        "This thread got heated and your post added to it. Take the evening, read it again tomorrow, and write what "
        "you would say to their face.",
        "La discussione si è scaldata, e il tuo messaggio ci ha messo del suo. Dormici su, rileggi domani, e scrivi "
        "quello che diresti di persona.",
    ),
)  # fmt: skip
