# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What mail programs write around a reply, in many languages: data in regular expressions."""

from __future__ import annotations

# "wrote", at the end of an attribution.
WROTE_LAST = (
    "wrote|has written|writes|said|a wrote|"
    "a écrit|écrit|escribió|ha escrito|escribio|va escriure|ha escrit|escribiu|"
    "ha scritto|escreveu|a scris|scrie|"
    r"napisał(?:\(a\)|a|/a)?|napisał/-a|pisze|napsal(?:\(a\)|/a|a)?|píše|"
    r"napísal(?:\(a\)|/a|a)?|je napisao/la|napisao/la je|je napisao|napisao je|je napisala|"
    r"napisala je|napisao|napisala|je napisal(?:\(a\)|/a|a)?|napisal(?:\(a\)|/a|a)?|piše|"
    r"је написао/ла|је написао|је написала|написао је|написао/ла|написала је|"
    r"написал(?:\(а\)|а|/а)?|писал(?:\(а\)|а|/а)?|пишет|написа|напиша|пише|написав(?:\(ла\)|/ла)?|"
    r"написала|напісаў(?:\(ла\))?|піша|έγραψε|yazdı|yazmış|yazıyor|şunu yazdı|bunu yazdı|"
    r"schrieb folgendes|schrieb|hat geschrieben|schreef(?: het volgende)?|"
    r"heeft (?:het volgende )?geschreven|skrev följande|skrev følgende|skrev|skrifaði|"
    r"kirjoitti(?: seuraavasti)?|ezt írta|írta|kirjutas|rakstīja|raksta|rašė|parašė|"
    r"het geskryf|skryf|idatzi du|shkroi|scríobh|ysgrifennodd|menulis|menuliskan|"
    r"đã viết|viết|เขียนว่า|เขียน|כתב(?:ה|/ה|/ת|\(ה\))?|‏כתב|كتب(?:ت|/ت)?|نوشت|ने लिखा|"
    r"写道|寫道|写到|來信|のメール|さんは書きました|さんが書きました|wrote|書きました|"
    r"님이 (?:다음 내용을 )?작성(?:함)?|님이 쓴 글|님이 작성함|작성함|작성|썼습니다|wrote "
    r"this message"
)
# "wrote", with the name or the date behind it.
WROTE_MIDDLE = (
    "schrieb|schreef|skrev|skrifaði|kirjoitti|ezt írta|írta|kirjutas|wrote on|wrote at|"
    "a écrit le|a écrit sur|escribió el|ha scritto il|escreveu em|napisał dnia|schreef op|"
    "tarafından|"
    "تمت كتابة ما يلي بواسطة|كتب|from|от|від|von|missatge de|mensaje de|message de|message from|"
    "nachricht von|citando|quoting|zitat von|citerar|citeren|citaat van|citando a|citazione|"
    "selon|según|quotando"
)
# Words with which only people speak of somebody: a program writes a name there.
PRONOUNS = frozenset(
    "you he she we they your our his her their who boss colleague somebody someone everybody "
    "ich er wir mir mich uns ihr ihnen mein meine meinen ihre ihrem unser unsere kollege kollegin "
    "je tu il elle nous vous ils votre notre son leur collègue yo tú usted él ella nosotros "
    "nuestro nuestra compañero compañera io lei lui noi voi collega você ele ela nós seu sua "
    "ik jij hij zij wij mijn uw ons jag han hon vi ni min er jeg hun dere minä hän wy vy ona já "
    "я ты он она мы вы мой ваш ви він вона він ваша коллега siz biz ben o".split()
) - {"il", "vi", "er", "o", "je", "hun", "son", "min", "ni", "ben"}
# A service asks to write above a line; what stands below is its own history.
REPLY_ABOVE = (
    r"(?:reply|respond|response|write|type|enter|answer|antwort\w*|schreiben|eingeben|répon\w*|"
    r"réponse|écri\w*|respon\w*|respuesta|escrib\w*|rispo\w*|scriv\w*|respost\w*|digit\w*|escrev\w*|"
    r"antwoord\w*|typ|svar\w*|skriv\w*|vasta\w*|kirjoita\w*|odpow\w*|odpov\w*|napis\w*|napiš\w*|"
    r"válasz\w*|írj\w*|răspun\w*|scrie\w*|yanıt\w*|cevab\w*|ответ\w*|напиш\w*|відпов\w*|"
    r"отговор\w*|απάντηση|απαντή\w*|balas\w*|trả lời|回复|回覆|回信|返信|답장|회신|"
    r"תשוב\w*|הרد|الرد)"
)
ABOVE_LINE = (
    r"above (?:this|the) (?:dotted |dashed )?line|(?:above|over) this (?:text|message|marker)|"
    r"(?:über|oberhalb) (?:dieser|der) (?:zeile|linie)|über diese (?:zeile|linie)|"
    r"(?:au[- ]?dessus|en haut) de (?:cette|la) ligne|"
    r"(?:por encima|encima|arriba) de esta línea|sobre esta línea|"
    r"(?:al di sopra di|sopra) questa (?:riga|linea)|acima desta linha|(?:per )?damunt "
    r"d'aquesta línia|"
    r"boven deze (?:regel|lijn)|ovanför (?:den här|denna) (?:raden|rad|linjen|linje)|"
    r"(?:ovenfor|over) denne (?:linje|linjen|linja|linie)|tämän rivin yläpuolelle|"
    r"powyżej tej (?:linii|linijki)|nad (?:tento|tuto|túto|tieto) (?:řádek|řádku|riadok|"
    r"riadky|linku)|"
    r"e fölé a sor fölé|(?:ezen|a) sor fölé|deasupra acestei linii|bu satırın üst(?:üne|ünde|üne)|"
    r"выше этой (?:строки|линии)|(?:вище|над) ц(?:ього|им) рядк(?:а|ом)|над този ред|"
    r"πάνω από (?:αυτή|αυτήν) τη γραμμή|di atas (?:baris|garis) ini|phía trên dòng này|"
    r"(?:此|这|本)行(?:之)?(?:上方|以上)|此行上方|この行より上|この線より上|이 (?:줄|선) 위에|"
    r"מעל שורה זו|فوق هذا السطر"
)

# Prefixes of subjects. "VS" is a reply in Finnish and Estonian and a forward in Norwegian and
# Danish: it stands apart.
REPLY_PREFIXES = (
    "re|aw|antw|antwort|sv|odp|ref|rif|r|res|resp|ynt|yan|yanıt|vá|vál|válasz|atb|ats|απ|"
    "απάντηση|ha|на|отв|ответ|відп|відповідь|одг|odg|отг|отговор|odpověď|odpoveď|svar|"
    "antwoord|vast|vastaus|bls|balas|trả lời|tl|ρε|σχετ|rép|réf|réponse|respuesta|resposta|rsp|"
    "risposta|răspuns|回复|回覆|答复|答覆|回信|回|返信|返|답장|회신|답변|ตอบ|ตอบกลับ|"
    "תגובה|השב|תשובה|رد|الرد|پاسخ|उत्तर"
)
FORWARD_PREFIXES = (
    "fwd?|fw|wg|wtr|weitergeleitet|tr|transf|rv|rtv|enc|encaminhada|res?env|reenv|doorst|dst|pd|"
    "vb|vl|vbs|vidarebefordrat|i|inoltro|inoltrato|továbbítás|tov|i̇lt|ilt|ılt|ilet|πρθ|πρωθ|προώθ|"
    "пер|перес|пересл|переслано|fs|framsent|videresendt|vidaresendt|trs|terus|doorgestuurd|"
    "přep|přeposláno|preposlané|prep|předáno|redirecționat|ed|edasi|pārs|pārsūtīts|pers|persiųsta|"
    "prosl|proslijeđeno|posr|posredovano|препр|прослеђено|пренасочено|chuyển tiếp|ct|"
    "转发|轉寄|轉發|轉|转|転送|転|전달|ส่งต่อ|הועבר|העב|העברה|إعادة توجيه|محول|ارسال مجدد|"
    "अग्रेषित"
)
