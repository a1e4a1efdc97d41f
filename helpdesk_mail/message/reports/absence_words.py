# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What programs and people write when they are away, and above automatic answers."""

from __future__ import annotations

from .words import phrases

# What mail programs put in front of the subject that they answer.
AUTOMATIC = phrases(
    """automatic reply | automatic response | auto-reply | auto reply | autoreply
    auto-response | auto response | autoresponse | automated reply | automated response
    auto: | auto-responder | autoresponder | automatische antwort | autoantwort
    automatische ruckantwort | automatische ruckmeldung | automatische eingangsbestatigung
    reponse automatique | respuesta automatica | contestacion automatica
    contestador automatico | risposta automatica | risponditore automatico
    resposta automatica | automatisch antwoord | automatische reactie | automatisch bericht
    automatiskt svar | autosvar | automatisk svar | automaattinen vastaus
    automaattivastaus | sjalfvirkt svar | odpowiedz automatyczna | automatyczna odpowiedz
    automaticka odpoved | automatikus valasz | automatikus visszaigazolas | raspuns automat
    автоматичен отговор | автоматический ответ | автоответ | автоматична відповідь
    автовідповідь | αυτοματη απαντηση | otomatik yanit | otomatik cevap | תשובה אוטומטית
    מענה אוטומטי | رد تلقائي | الرد التلقائي | رد آلي | پاسخ خودکار | 自動応答 | 自動返信
    自动答复 | 自动回复 | 自动应答 | 自動回覆 | 自動回應 | 自動回复 | 자동 회신 | 자동 응답
    자동회신 | 자동응답 | automatski odgovor | аутоматски одговор | аутоматски одговор
    samodejni odgovor | samodejen odgovor | automatinis atsakymas | automatiska atbilde
    automaatne vastus | automaatvastus | automatisk svar | erantzun automatikoa
    tra loi tu dong | thu tra loi tu dong | balasan otomatis | jawaban otomatis
    balasan automatik | ตอบกลับอัตโนมัติ | การตอบกลับอัตโนมัติ | स्वचालित उत्तर"""
)
# The names of absence notes. With nothing, a colon or a dash behind them a program wrote them.
ABSENCES = phrases(
    """out of office | out of office autoreply | out of office auto-reply
    out of office reply | out of office auto reply | out of office notification
    out of office message | out of office notice | out of the office autoreply
    out of the office auto-reply | out of the office reply | out of the office notification
    out of the office message | out of the office | out-of-office | ooo | vacation
    vacation message | vacation notice | vacation reply | vacation auto-reply
    vacation autoreply | on vacation | on leave | on annual leave | annual leave
    on holiday | on holidays | away from the office | away from my office
    away from my desk | away from my mail | away from office | absence notice
    absence notification | absence message | i am out of the office | i'm out of the office
    i am out of office | i am away | i'm away | i am on vacation | i am on leave
    i am on holiday | currently out of the office | currently out of office
    auto-reply out of office | autoreply out of office | auto reply out of office
    leave of absence | maternity leave | parental leave | sick leave | away message
    abwesenheitsnotiz | abwesenheitsnachricht | abwesenheitsmeldung
    abwesenheitsbenachrichtigung | abwesenheitsagent | abwesenheitsassistent | abwesenheit
    abwesend | ausser haus | nicht im buro | ich bin nicht im buro | ich bin im urlaub
    ich bin abwesend | urlaubsnotiz | urlaubsbedingte abwesenheit | im urlaub | urlaub
    elternzeit | in elternzeit | bin im urlaub | nicht im haus | bin nicht im buro
    ich bin derzeit nicht im buro | ferienabwesenheit | in den ferien | absence du bureau
    absent du bureau | absente du bureau | message d'absence | notification d'absence
    avis d'absence | absence | absent | absente | je suis absent | je suis absente
    en conge | en conges | hors du bureau | en vacances | je suis en conge
    je suis en conges | conges | gestionnaire d'absence | fuera de la oficina
    fuera de oficina | ausente | ausencia | aviso de ausencia | mensaje de ausencia
    estoy de vacaciones | de vacaciones | ausencia de la oficina
    estoy fuera de la oficina | vacaciones | fuori sede | fuori ufficio | assenza | assente
    messaggio di assenza | in ferie | sono assente | assenza dall'ufficio
    avviso di assenza | fuori dall'ufficio | ferie | fora do escritorio
    ausente do escritorio | ausencia do escritorio | mensagem de ausencia | de ferias
    ausencia temporaria | em ferias | estou de ferias | estou ausente | ferias | afwezig
    afwezigheid | afwezigheidsbericht | afwezigheidsmelding | afwezigheidsassistent
    niet aanwezig | buiten kantoor | met vakantie | op vakantie | niet op kantoor
    ik ben afwezig | franvaro | franvaromeddelande | franvarobesked | inte pa kontoret
    ej pa kontoret | franvarande | pa semester | jag ar pa semester | pa kontoret forst
    foraldraledig | fravær | fraværsmeddelelse | fraværsbesked | fraværsmelding
    fraværende | ikke pa kontoret | ikke til stede | ikke pa arbejde | pa ferie
    jeg er pa ferie | ferie | fraværsassistent | fravaer | poissa toimistosta
    poissaoloilmoitus | poissa | poissaolo | lomalla | olen lomalla | vuosiloma
    fjarverandi | ekki vid | i frii | er i frii | ekki a skrifstofunni | poza biurem
    nieobecnosc | nieobecnosc w biurze | nieobecny | nieobecna | na urlopie
    jestem na urlopie | urlop | jestem poza biurem | wiadomosc o nieobecnosci
    zawiadomienie o nieobecnosci | mimo kancelar | nepritomnost | nepritomnost v kancelari
    mimo kancelare | mimo kancelarie | dovolena | jsem mimo kancelar | na dovolene
    dovolenka | som mimo kancelarie | nepritomny | hazon kivul | irodan kivul | tavollet
    szabadsagon | szabadsag | tavolleti ertesites | nem vagyok az irodaban
    in afara biroului | absent din birou | plecat din birou | in concediu | concediu
    absenta | извън офиса | отсъствие | отсъствам | в отпуск | не съм в офиса | вне офиса
    отсутствую | отсутствие | нет на месте | в отпуске | я в отпуске | не в офисе
    отсутствую в офисе | нет на рабочем месте | отпуск | поза офісом | відсутній | відсутня
    відсутність | у відпустці | відпустка | не в офісі | εκτος γραφειου | απουσια
    απουσια απο το γραφειο | απουσιαζω | σε αδεια | ofis disinda | ofis disi
    is yeri disinda | izinde | izindeyim | yillik izin | ofiste degilim | ofis disindayim
    מחוץ למשרד | לא במשרד | בחופשה | אני בחופשה | خارج المكتب | غائب عن المكتب | في إجازة
    إجازة | خارج از دفتر | 不在通知 | 不在のお知らせ | 不在のご連絡 | 不在 | 不在メッセージ
    不在連絡 | 休暇のお知らせ | 休暇中 | 休業のお知らせ | 外出通知 | 外出 | 不在办公室
    不在辦公室 | 休假通知 | 休假中 | 休假 | 正在休假 | 假期 | 外出自动回复 | 부재중
    부재 중 | 부재중 알림 | 휴가 | 휴가 중 | 부재 알림 | izvan ureda | odsutnost | odsutan
    odsutna | nisam u uredu | na godisnjem | godisnji odmor | ван канцеларије | одсутан
    на одмору | izven pisarne | odsoten | odsotna | odsotnost | na dopustu | dopust
    ne biure | nesu biure | neesu biure | atostogose | atostogos | nebusiu biure
    arpus biroja | prombutne | atvalinajuma | neesmu biroja | esmu atvalinajuma
    kontorist valjas | kontorist eemal | puhkusel | puhkus | eemal | olen puhkusel
    ei ole kontoris | fora de l'oficina | fora oficina | absencia | bulegotik kanpo
    fora da oficina | vang mat | nghi phep | khong co mat tai van phong | di luar kantor
    sedang cuti | cuti | ไม่อยู่ที่สำนักงาน | ลาพักร้อน"""
)
# Sentences in which somebody says that he or she is away.
STATEMENTS = phrases(
    """i am out of | i'm out of | i will be out of | i'll be out of | am currently out
    i am away | i'm away | i will be away | i'll be away | i am currently away
    i am on leave | i'm on leave | i am on vacation | i'm on vacation | i am on holiday
    i'm on holiday | currently on leave | currently on vacation | currently on holiday
    on annual leave | on parental leave | on maternity leave | on paternity leave
    on sick leave | on medical leave | am travelling | am traveling | out of the office
    out of my office | out of office | not in the office | away from the office
    away from my desk | away from my email | away from my e-mail | limited access to email
    limited access to my email | limited access to e-mail | no access to email
    no access to my email | is out of the office | is on vacation | is on leave
    is on holiday | is away | be back on | return to the office | back in the office
    will be back in | nicht im buro | nicht im haus | nicht am arbeitsplatz | ausser haus
    nicht erreichbar | abwesend | bin im urlaub | im urlaub | in elternzeit
    im mutterschutz | krankheitsbedingt | dienstreise | nicht zu erreichen | wieder im buro
    wieder erreichbar | wieder fur sie da | in den ferien | absent du | absente du
    absent jusqu | absente jusqu | je suis absent | je suis absente | je serai absent
    je serai absente | suis actuellement absent | en conge | absent(e) | hors du bureau
    en vacances | conge maternite | en deplacement | absent de | absente de | de retour le
    fuera de la oficina | fuera de mi oficina | de vacaciones | estare ausente
    estoy ausente | me encuentro fuera | me encuentro ausente | me encuentro de
    no estare disponible | baja por | no estoy en la oficina | estare fuera | fuori ufficio
    fuori sede | sono assente | saro assente | in ferie | sono in ferie | rientro il
    assente dall'ufficio | fino al | non sono in ufficio | rientrero | fora do escritorio
    ausente do escritorio | estou ausente | estarei ausente | de ferias | em ferias
    licenca maternidade | estarei fora | nao estou no escritorio | regresso ao escritorio
    afwezig | niet aanwezig | niet op kantoor | met vakantie | op vakantie | buiten kantoor
    met zwangerschapsverlof | weer aanwezig | weer bereikbaar | inte pa kontoret
    pa semester | jag har semester | ar ledig | ar franvarande | foraldraledig
    tjanstledig | ar bortrest | tillbaka pa kontoret | utanfor kontoret | ikke pa kontoret
    pa ferie | holder ferie | har ferie | er bortrejst | pa barsel | fraværende
    ikke til stede | tilbage pa kontoret | tilbake pa kontoret | har permisjon
    i permisjon | ute av kontoret | poissa toimistosta | olen lomalla | lomalla
    olen poissa | en ole toimistossa | vanhempainvapaa | palaan toihin | aitiyslomalla
    ekki a skrifstofunni | er i frii | er i orlofi | fjarverandi | verd fra vinnu
    poza biurem | na urlopie | jestem nieobecn | bede nieobecn | przebywam na urlopie
    nieobecny | nieobecna | nie ma mnie w biurze | zwolnieniu lekarskim | na delegacji
    wracam | mimo kancelar | na dovolene | jsem nepritomn | nejsem v kancelari | budu mimo
    cerpam dovolenou | v nepritomnosti | mimo kancelarie | som na dovolenke
    nie som v kancelarii | budem mimo | na dovolenke | nem vagyok az irodaban
    szabadsagon vagyok | szabadsagon leszek | szabadsagon | irodan kivul | hazon kivul
    nem tartozkodom | tavol vagyok | tavol leszek | in concediu | nu sunt in birou
    nu sunt la birou | sunt plecat | absent din birou | lipsesc din birou
    in afara biroului | voi reveni | извън офиса | в отпуск | отсъствам
    няма да бъда в офиса | не съм в офиса | ще отсъствам | вне офиса | в отпуске
    отсутствую | отсутствует | буду отсутствовать | нет на рабочем месте | в командировке
    не в офисе | на больничном | нахожусь в отпуске | у відпустці | відсутній | відсутня
    поза офісом | не в офісі | у відрядженні | буду відсутн | εκτος γραφειου | σε αδεια
    απουσιαζω | θα απουσιαζω | δεν βρισκομαι στο γραφειο | ειμαι εκτος | ofis disinda
    ofiste degil | izindeyim | yillik izin | izinde olacagim | ofis disindayim | izinliyim
    is seyahatinde | מחוץ למשרד | לא במשרד | בחופשה | אהיה בחופש | לא נמצא במשרד
    לא נמצאת במשרד | خارج المكتب | في إجازة | غير متواجد | لست في المكتب | أنا في إجازة
    خارج مكتبي | در مرخصی | خارج از دفتر | 不在にして | 不在と | 不在です | 不在のため
    休暇中 | 休暇を | 出張中 | 外出して | 席を外し | お休みを | 夏季休業 | 休業 | 外出
    休假 | 出差 | 不在办公室 | 不在辦公室 | 假期 | 度假 | 请假 | 請假 | 产假 | 無法立即回覆
    不在公司 | 부재중 | 부재 중 | 휴가 | 출장 | 자리를 비 | 사무실에 없 | 육아휴직
    izvan ureda | na godisnjem | nisam u uredu | odsutan | odsutna | na odmoru
    van kancelarije | ван канцеларије | на одмору | одсутан | на годишњем
    nisam u kancelariji | izven pisarne | na dopustu | odsoten | odsotna | nisem v pisarni
    na letnem dopustu | atostogose | atostogauju | nesu biure | nebusiu biure | nedirbu
    nedirbsiu | esu isvyk | atostogu | atvalinajuma | neesmu biroja | nebusu biroja
    prombutne | esmu prombutne | komandejuma | puhkusel | kontorist eemal | ei ole kontoris
    ei viibi kontoris | viibin puhkusel | eemal kuni | lapsepuhkus | fora de l'oficina
    de vacances | bulegotik kanpo | oporretan | nghi phep | vang mat | di luar kantor
    sedang cuti | ไม่อยู่ที่สำนักงาน | ลาพักร้อน | ลางาน"""
)
