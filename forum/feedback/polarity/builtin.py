"""The words that the software brings: version 1 of the lexicon. Values from -3 to 3, as our own reading of forum posts.

A line is a value and its terms, divided by commas; a term may be several words. Stems are matched, so one form of a
word stands for all; with = before it, only that very form. Made by hand for this project; no published list is in it.
"""

IT = """
3: eccellente, eccezionale, fantastico, perfetto, stupendo, splendido, meraviglioso, magnifico, spettacolare,
   favoloso, strepitoso, adoro, amo, superlativo, impeccabile, top, =wow, alla grande, una bomba, il massimo,
   da dieci, al top, promosso a pieni voti, a pieni voti, non posso che parlarne bene, non potrei chiedere di
   meglio, a cinque stelle
2: ottimo, bello, bellissimo, =bel, bravo, benissimo, dura tantissimo, comodo, contento, felice, soddisfatto,
   piacere, =piace, =piaciuto, =piaciuta, =piacciono, complimenti, apprezzo, apprezzato, consiglio a tutti, lo
   consiglio, la consiglio, consigliato, consigliatissimo, gentile, gentilissimo, accogliente, affidabile,
   efficiente, eleganza, entusiasta, fenomenale, geniale, utile, divertente, ben fatto, ben fatta, bel lavoro,
   ottimo lavoro, mi ha sorpreso, sorpresa, ne vale la pena, vale ogni euro, vale i soldi, lo ricomprerei, la
   ricomprerei, ricomprerei, lo rifarei, viva, evviva, gioia, godibile, piacevole, prezioso, riuscito, come un
   orologio, a casa, squisito, disponibilissimo
1: =bene, =buono, =buona, =buoni, =buone, =buon, =ben, grazie, ringrazio, =funziona, =funzionano, =funzionava,
   chiaro, completo, facile, semplice, veloce, rapido, rapidamente, subito, leggero, pratico, pulito, onesto,
   giusto, puntuale, robusto, solido, silenzioso, preciso, stabile, risolto, risolvere, migliorato, migliora,
   aiuta, aiutato, aiuto prezioso, gratis, rimborsato, liscio, tutto liscio, finalmente, fluido, intuitivo,
   simpatico, disponibile, cortese, tranquillo, convincente, vantaggioso, ne è valsa la pena, fa il suo
   dovere, nessun problema, niente male, alla prossima, speriamo bene
-1: problema, difetto, lento, lentissimo, pesante, difficile, complicato, confuso, caro, costoso, =cara,
   manca, mancano, mancava, manchi, peccato, purtroppo, dubbio, preoccupa, preoccupato, paura, rumore,
   rumoroso, graffia, stretto, sporco, debole, fragile, perde, perso, persa, sparisce, spariscono, sparito,
   doppio addebito, scarica, ritardo, aspettare, attesa, blocco, si blocca, bloccato, bloccata, si impunta, si
   spegne, si scollega, scollegato, disconnette, errore, offline, bug, crash, crasha, freeze, lagga, laggoso,
   fastidio, ingombrante, sbagliato, sbaglia, strano, dimenticato, costa troppo, non va, così non va, che
   fatica, fatica, confusione, triste, dispiace, mi dispiace, bah, dolore
-2: male, brutto, cattivo, deluso, deludente, delusione, scarso, scomodo, inutile, rotto, si è rotto, rompe,
   rotta, guasto, =difettoso,
   =difettosa, fallito, fallisce, ingiusto, =fastidioso, =fastidiosa, irritante, snervante, frustrante,
   frustrato, stufo, stanco di, arrabbiato, arrabbia, che nervi, seccante, noioso, incomprensibile,
   peggiorato, peggiora, peggio, peggiore, morto, bocciato, assurdo, ridicolo, fa ridere, nessuno risponde,
   non risponde nessuno, non risponde più nessuno, fregatura, sconsiglio, sconsigliato, pericoloso, pericolo,
   strazio, incubo, maleducato, scortese, arrogante, inaffidabile, buttato, buttati, spreco, sprecato, senza
   spiegazioni, rovinato, non ne posso più, non ne potevo più, bucata di nuovo, pubblicità mascherata, da
   rifare, non ci siamo, lascia a desiderare, non mi ha convinto, senza appello
-3: pessimo, orribile, terribile, vergogna, vergognoso, schifo, schifezza, orrendo, disastro, disastroso,
   truffa, odio, imbarazzante, inaccettabile, scandaloso, scandalo, penoso, indecente, mai più, soldi buttati,
   da buttare, una presa in giro, presa in giro, il peggio, ladri
"""
EN = """
3: =excellent, exceptional, fantastic, perfect, perfectly, stunning, wonderful, magnificent, spectacular,
   fabulous, outstanding, brilliant, brilliantly, amazing, awesome, superb, =love, =loved, adore, flawless, top notch,
   top marks, =wow, hats off, cannot praise, worth every penny, works a treat, works like a charm, spot on,
   five stars, second to none
2: great, beautiful, =lovely, comfortable, happy, glad, delighted, satisfied, pleased, pleasure, joy,
   congratulations, congrats, well done, appreciate, recommend, recommended, kind, friendly, welcoming,
   reliable, efficient, enthusiastic, genius, =useful, helpful, fun, enjoy, impressed, impressive, surprised
   pleasantly, pleasantly surprised, worth it, worth the money, would buy again, buy it again, in a heartbeat,
   good job, good work, great work, nice work, kudos, bravo, at home, so good, pleasant, precious, lasts
   forever, game changer, a gem
1: =good, nice, thank, thanks, cheers, =works, =worked, clear, complete, easy, simple, fast, quick, quickly,
   light, practical, clean, honest, fair, punctual, sturdy, solid, silent, quiet, precise, stable, sorted,
   solved, =fixed, improved, improvement, =better, =help, =helped, =helps, free of charge, for free, refunded,
   smooth, finally, intuitive, =like, =liked, polite, convincing, no problem, no problems, does the job,
   looking forward, went through
-1: problem, issue, defect, slow, heavy, difficult, hard to, complicated, confusing, confused, expensive,
   missing, lacks, lack, pity, shame, unfortunately, doubt, worry, worried, afraid, noise, noisy, scratch,
   tight, dirty, weak, fragile, flimsy, drops out, lost, loses, lose, vanish, vanishes, vanished, disappear,
   drains, delay, delayed, waiting, stuck, hangs, freeze, freezes, crash, crashes, disconnect, disconnects,
   error, offline, bug, buggy, lag, laggy, wrong, mistake, odd, weird, forgot, overpriced, sad, sorry, meh,
   pain, hurt, puncture, unclear, clunky, too much, sadly
-2: bad, ugly, disappointed, disappointing, disappointment, let down, poor, poorly, uncomfortable, useless,
   broken, =broke, breaks, snapped, faulty, =defective, failed, fails, failure, unfair, annoying, annoyed,
   irritating, irritated, infuriating, frustrating, frustrated, fed up, tired of, angry, nuisance, boring,
   incomprehensible, worse, worst, dead, absurd, ridiculous, a joke, nobody answers, no one answers, nobody
   replies, no reply, rip off, dangerous, danger, nightmare, rude, arrogant, unreliable, wasted, waste,
   ruined, had enough, will not do, does not cut it, without a word, is a pain, in the neck, =not the same,
   falls short, disguised ads, let me down, unusable, no idea why
-3: terrible, awful, horrible, disgrace, disgraceful, disgusting, appalling, dreadful, disaster, disastrous,
   scam, hate, embarrassing, unacceptable, scandalous, scandal, pathetic, never again, money down the drain,
   down the drain, garbage, rubbish, avoid like the plague, joke of a, crap, horrendous
"""
ANY = """
3: 😍, 🤩, 🥳, ❤, ❤️, 💯
2: 👍, 😀, 😃, 😄, 😁, 🙂, 😊, 👏, 💪, 🎉, 🙏, 💚, 💙, :), :-), :d, 😻
-1: 😕, 😐, 🙄, 😬, 🤔
-2: 👎, 😞, 😟, 😒, 😢, 😭, 🙁, ☹, :(, :-(, 😤, 😩, 😱
-3: 😡, 🤬, 😠, 🤮, 💩
"""
NEGATIONS = {
    "it": "non, né, nemmeno, neanche, neppure, mai, nessun, nessuno, nessuna, niente, nulla, senza, mica, per niente",
    "en": "not, no, never, neither, nor, nobody, nothing, without, cannot, can't, don't, doesn't, didn't, won't, "
    "isn't, aren't, wasn't, weren't, wouldn't, shouldn't, couldn't, hasn't, haven't, hadn't, "
    "hardly, barely, no one, none",
}
INTENSIFIERS = {
    "it": "molto, davvero, proprio, veramente, tanto, troppo, parecchio, così, assai, super, estremamente, "
    "decisamente, affatto, assolutamente, sempre, tantissimo, moltissimo, un sacco, pure, che",
    "en": "very, really, so, too, extremely, absolutely, totally, super, such, highly, incredibly, far, a lot, "
    "always, crystal, truly, completely",
}
DIMINISHERS = {
    "it": "un po', un po’, abbastanza, poco, quasi, leggermente, piuttosto, forse, ogni tanto",
    "en": "a bit, a little, slightly, somewhat, fairly, rather, quite, maybe, perhaps, now and then",
}
TURNS = {"it": "ma, però, tuttavia, eppure, invece", "en": "but, however, yet, though, although"}
"""After these words comes what is meant: it counts more than what stood before."""
