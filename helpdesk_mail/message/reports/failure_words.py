# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How mail servers say, in many languages, that a mail was not delivered, or not yet."""

from __future__ import annotations

from .words import phrases

# The beginnings of the subjects of delivery reports. What people write about mail that does not
# arrive begins so as well: a subject is never all that counts.
SUBJECTS = phrases(
    """message you sent | undeliver | undelivered | mail undeliver | message undeliver
    e-mail undeliver | mail delivery fail | mail delivery error | mail delivery problem
    mail delivery report | mail delivery warning | mail delivery notif
    mail delivery status | mail delivery sub | mail delivery system | mail delivery unsucc
    mail delivery delay | mail delivery issue | email delivery | e-mail delivery
    message delivery | delivery status | delivery fail | delivery has failed
    delivery notif | delivery report | delivery error | delivery problem
    delivery unsuccess | delivery delay | delivery incomplete | delivery warning
    delivery to | returned mail | returned message | returned email | returned e-mail
    return mail | failure notice | failure delivery | failure notification | failed mail
    failed delivery | failed to deliver | failed message | failed email | failed e-mail
    mail failed | message failed | mail failure | mail error | mail system | mail status
    mail report | mail could not | mail not deliver | mail was not | mail returned
    mail rejected | mail delayed | message not deliver | message undelivered
    message could not | message was not | message status | message delayed
    message rejected | message blocked | message returned | message error | non-delivery
    nondelivery | non delivery | nondeliverable | non deliverable | not delivered
    notification of failed | notification of non | notification of undeliver
    unable to deliver | could not deliver | could not send | couldn't deliver
    cannot deliver | can't deliver | your message to | your message could
    your message was not | your mail to | your mail could | your email to
    your email could | your e-mail could | your message wasn't | your message couldn't
    warning: message | warning: could not | warning: mail | delayed mail | delayed message
    postmaster notify | automatically rejected | rejected mail | rejected message
    bounced mail | bounce notif | bounced email | bounce message | address not found
    processing error | email could not | e-mail could not | email not deliver
    problem delivering | error sending | sorry, your | mail bounced | smtp error | ndn:
    ndr: | dsn: | permanent failure | permanent error | unzustellbar | nicht zustellbar
    nicht zugestellt | nachricht nicht | nachricht unzustellbar | nachricht konnte nicht
    ihre nachricht an | ihre nachricht konnte | ihre e-mail konnte | ihre mail konnte
    e-mail konnte nicht | mail konnte nicht | e-mail nicht zugestellt
    mail nicht zugestellt | zustellung fehl | zustellung nicht | zustellungsfehl
    zustellfehl | zustellungsben | zustellstatus | zustellungsprob | zustellung verzog
    zustellbericht | fehler bei der zustell | fehler beim zustell | fehler beim versand
    verzogerte zustellung | fehlgeschlagene zustell | unzustellbarkeit
    ruckmeldung: unzust | mail-zustellung fehl | non remis | non distribu | non delivr
    message non | courrier non | courriel non | mail non | echec de | echec d'env
    echec d'ach | avis de non | notification d'echec | notification d'etat
    notification de non | impossible de remettre | impossible de distribuer
    impossible d'env | retour de courrier | retour a l'expediteur | remise differee
    remise retardee | erreur de remise | votre message n'a | votre message a
    votre mail n'a | votre e-mail n'a | utilisateur non | no se puede entregar
    no se pudo entregar | no se ha podido | no entreg | imposible entregar
    error de entrega | error en la entrega | error al entregar | entrega fallida
    entrega no | mensaje no | mensaje devuelto | mensaje rechazado | correo no
    correo devuelto | correo rechazado | notificacion de estado | notificacion de error
    notificacion de fall | notificacion de no | fallo de entrega | fallo en la entrega
    fallo la entrega | su mensaje no | entrega retrasada | non recapita | non consegna
    impossibile recapita | impossibile consegna | mancato recapito | mancata consegna
    messaggio non | recapito non | recapito fallito | errore di consegna
    errore di recapito | notifica di mancat | notifica sullo stato | notifica stato
    avviso di mancat | consegna fallita | consegna ritardata | ritardo di recapito
    mail non consegnata | nao entreg | nao foi entreg | nao e possivel entregar
    nao foi possivel entregar | falha na entrega | falha de entrega | falha no env
    falha ao entregar | mensagem nao | mensagem devolvida | mensagem rejeitada | e-mail nao
    email nao | devolvida | devolvido | notificacao de status | notificacao de falha
    notificacao de estado | notificacao de nao | entrega atrasada | sua mensagem nao
    erro de entrega | erro na entrega | onbestelbaar | niet bezorgd | niet afgeleverd
    niet besteld | bezorging mislukt | aflevering mislukt | afleverfout
    kan niet worden bezorgd | bericht niet | e-mail niet | bezorgfout | melding van niet
    mail niet | vertraagde bezorging | uw bericht kon | olevererbar | ej levererad
    kunde inte leverer | kan inte leverer | gick inte att leverer | gar inte att leverer
    leveransfel | leverans misslyck | leveransen misslyck | obestallbar
    meddelandet kunde inte | meddelandet gick inte | ditt meddelande kunde
    kan ikke leveres | kunne ikke leveres | ikke leveret | ikke levert | levering mislyk
    uleverbar | ulevert | uleveret | leveringsfejl | leveringsfeil | levering mislykkedes
    meddelelsen kunne ikke | meldingen kunne ikke | beskeden kunne ikke | din besked kunne
    din melding kunne | ei voitu toimit | ei voi toimit | ei toimit | toimitus epaonnistui
    toimittamat | viestia ei | toimitusvirhe | sahkopostia ei | viestin toimitus
    oafhendanlegt | ekki tokst ad afhenda | niedostarcz | nie mozna dostarczyc
    nie dostarczono | nie udalo sie dostarczyc | zwrot poczty | zwrot wiadomosci
    blad dostarcz | wiadomosc nie | niemozliwe do dostarcz | powiadomienie o niedost
    nedorucit | nedoruc | nelze dorucit | nepodarilo se dorucit | nedalo sa dorucit
    neda sa dorucit | nemozno dorucit | nepodarilo sa dorucit | zprava nebyla
    zprava nemohla | sprava nebola | chyba pri dorucov | chyba doruceni
    oznameni o nedoruc | kezbesithetetlen | nem kezbesithet | kezbesitesi hiba
    kezbesitesi ertesit | nem sikerult kezbesit | sikertelen kezbesit | az uzenet nem
    kezbesitese nem | levele nem | nelivr | nu a putut fi livrat | nu poate fi livrat
    livrare esuata | imposibil de livrat | mesajul nu | nu s-a putut livra
    eroare de livrare | esec livrare | недостав | не доставлен | не може да бъде доставен
    невъзможност за доставка | съобщението не | неуспешна доставка | непредаден
    грешка при доставка | не может быть доставлен | не удалось доставить
    невозможно доставить | сбой доставки | ошибка доставки | ошибка при доставке
    письмо не | сообщение не | ваше сообщение не | ваше письмо не | возврат письма
    возврат почты | уведомление о недостав | уведомление о состоянии доставки
    доставка задерж | задержка доставки | почта не доставлена | не доставлено
    не вдалося доставити | неможливо доставити | помилка доставки | лист не
    повідомлення не | не може бути доставлен | сповіщення про стан доставки
    δεν ηταν δυνατη η παραδοση | δεν ειναι δυνατη η παραδοση | αποτυχια παραδοσης
    μη παραδοτε | ανεπιδοτ | το μηνυμα δεν | αδυναμια παραδοσης | αποτυχια αποστολης
    teslim edileme | iletileme | gonderileme | teslimat hatasi | teslimat basarisiz
    teslimat durumu | iletiniz teslim | mesajiniz teslim | teslim edilmedi | iletilemedi
    לא ניתן למסור | לא נמסר | הודעה שלא נמסרה | כשל במסירה | כשל במשלוח | המסירה נכשלה
    לא ניתן להעביר | تعذر التسليم | تعذر تسليم | فشل التسليم | فشل تسليم | غير قابل للتسليم
    لم يتم تسليم | لم يتم التسليم | غیر قابل تحویل | 配信不能 | 配信エラー | 配達不能
    配信できません | 配信されません | 送信エラー | 不達 | エラーメール | メール配信エラー
    メールを配信でき | 送信できません | 配信の遅延 | 配信に失敗 | メール送信エラー | 未配信
    退信 | 系统退信 | 无法投递 | 投递失败 | 传送失败 | 发送失败 | 未送达 | 无法送达
    邮件传输失败 | 邮件被退回 | 退件 | 退回 | 無法傳遞 | 無法遞送 | 無法投遞 | 傳送失敗
    未傳遞 | 未传递 | 投递状态 | 邮件投递 | 邮件无法 | 郵件無法 | 邮件发送失败
    來自郵件系統 | 来自 mail | 배달되지 않음 | 배달 실패 | 반송 | 발송 실패 | 전송 실패
    전달할 수 없 | 배달할 수 없 | 메일 반송 | neisporuc | nije isporuc
    nije moguce isporuciti | isporuka nije | poruka nije | nedostavlj | ni mogoce dostaviti
    ni bilo mogoce dostaviti | sporocilo ni | sporocila ni | dostava ni | није испоручен
    неиспоручен | порука није | nepristatyt | nepavyko pristatyti | nepristatom
    laiskas nepristat | pranesimas nepristat | nav piegad | nepiegad | nevareja piegad
    piegade neizdev | zinojumu nevar | kohaletoimetamat | ei saanud kohale
    kohaletoimetamine eba | kattetoimetamat | kirja ei | no s'ha pogut lliurar
    no lliurable | no es pot lliurar | khong gui duoc | khong the gui | thu khong
    tidak terkirim | gagal terkirim | pengiriman gagal | ไม่สามารถส่ง | ส่งไม่สำเร็จ
    แจ้งการส่งไม่"""
)

# Statements about a delivery, anywhere in a report's own words.
FAILURES = phrases(
    """n'est parvenu | impossible de joindre | non ha raggiunto | impossibile raggiungere
    niet aangekomen | niet bereikt | nadde inte | naede ikke | nadde ikke | ei tavoittanut
    nie dotarla | nedorazila | не достигло | nem erkezett meg | nachrichtenzustellung
    error al entregar | recapito non riuscito | misslyckades | mislykkedes | mislyktes
    epaonnistui | nie powiodlo sie | nezdarilo | zlyhalo | nem sikerult a kezbesites
    a esuat | сбой доставки | basarisiz | 未能传递 | 无法传递 | απετυχε
    could not be deliver | couldn't be deliver | cannot be deliver | can not be deliver
    can't be deliver | not be deliver | was not deliver | were not deliver | wasn't deliver
    not been deliver | hasn't been deliver | not deliver your | undeliver
    unable to deliver | not able to deliver | wasn't able to deliver | unable to send your
    could not deliver | couldn't deliver | not deliver | cannot deliver | delivery fail
    delivery has failed | delevery to | delivery to | delivery error | delivery problem
    delivery attempt | deliver a message to | delivery status notif | non-delivery
    nondelivery | failed recipient | failed address | failed permanently | did not reach
    not reach | could not be reached | did not receive | permanent fatal error
    fatal delivery error | permanent error | returned to sender | returned mail
    has been returned | was rejected | been rejected | automatically rejected
    user unknown | unknown user | no such user | mailbox full | mailbox is full
    mailfolder is full | over quota | overquota | quota exceeded | mailbox unavailable
    mailbox not found | no mailbox here | does not exist | not listed in
    invalid final delivery | failed because | unknown recipient | was undeliver
    returned by | did not exactly match | no matches to | address not found
    message blocked | not yet been deliver | has been delayed | been postponed | not known
    is delayed | error has occurred | error while | an error was detected
    error during delivery | host unknown | unknown host | nicht zugestellt | nicht zustell
    unzustellbar | zustellung fehl | zustellung an | nicht erreicht | nicht ubermittelt
    nicht ausgeliefert | unbekannter empfanger | empfanger unbekannt | n'a pas pu etre
    n'a pu etre | n'ont pas pu | impossible de remettre | non remis | echec de la remise
    n'a pas ete | n'est pas parvenu | n'existe pas | la remise a echoue
    impossible de delivrer | no se puede entregar | no se pudo entregar
    no se ha podido entregar | no pudo ser entregado | no ha podido ser | error de entrega
    no se ha entregado | no ha llegado | no fue posible entregar | impossibile recapitare
    impossibile consegnare | non e stato consegnato | non e stato recapitato | non recapita
    non e stato possibile | mancata consegna | mancato recapito | nao pode ser entregue
    nao pode ser enviada | nao foi possivel entregar | nao foi entregue | falha na entrega
    nao chegou | nao e possivel entregar | niet worden bezorgd | niet bezorgd
    niet afgeleverd | onbestelbaar | is mislukt | niet worden afgeleverd
    kunde inte levereras | kan inte levereras | gick inte att leverera
    leveransen misslyck | kunne ikke leveres | kan ikke leveres | ikke leveret
    ikke levert | levering mislyk | ei voitu toimittaa | ei voi toimittaa
    toimitus epaonnistui | ei toimitettu | nie moze zostac dostarczon
    nie mogla zostac dostarczon | nie mozna dostarczyc | nie udalo sie dostarczyc
    niedostarcz | nie dostarczono | nie zostala dostarczon | nelze dorucit
    nebylo mozne dorucit | nepodarilo se dorucit | nebyla dorucena | nemohla byt dorucena
    nedorucit | nepodarilo sa dorucit | nebolo mozne dorucit | nemozno dorucit
    nebola dorucena | nem kezbesithet | kezbesithetetlen | nem sikerult kezbesiteni
    nem lehetett kezbesiteni | nu a putut fi livrat | nu poate fi livrat
    nu s-a putut livra | nelivrat | livrarea a esuat | не доставлен
    не может быть доставлен | не удалось доставить | невозможно доставить | недостав
    невозможно | не было доставлен | не найден | не може бути доставлен
    не вдалося доставити | неможливо доставити | не може да бъде доставен
    не беше доставен | δεν παραδοθηκε | δεν ηταν δυνατη η παραδοση | αποτυχια παραδοσης
    δεν ειναι δυνατη η παραδοση | teslim edileme | teslim edilmedi | iletileme
    ulastirilama | לא נמסר | לא ניתן למסור | נכשל | تعذر | فشل | لم يتم تسليم
    配信できません | 配信されません | 配信不能 | 配送できません | 届きません
    送信できません | 送れませんでした | 見つかりません | エラーが発生 | 配信に失敗
    無法傳遞 | 無法遞送 | 無法投遞 | 傳送失敗 | 退回 | 无法投递 | 无法送达 | 投递失败
    传送失败 | 无法发送 | 无法到达 | 退信 | 发送失败 | 未送达 | 不存在 | 배달할 수 없
    배달하지 못 | 배달되지 않 | 전송 실패 | 발송 실패 | 전달되지 | 반송 | nije isporuc
    nije moguce isporuciti | ni bilo mogoce dostaviti | ni mogoce dostaviti
    није испоручен | nepavyko pristatyti | nepristatyt | nevareja piegadat | nav piegadat
    ei saanud kohale | kohaletoimetamine eba | ei olnud voimalik kohale | khong gui duoc"""
)
DELAYS = phrases(
    """not yet been deliver | not yet deliver | has been delayed | have been delayed
    is delayed | was delayed | message delayed | been postponed | warning only
    warning message only | this is just a warning | this is only a warning
    do not need to resend | no need to resend | it will be retried | will be retried
    still being retried | will continue to attempt | delivery attempts will continue
    will continue trying | will continue to try | we will keep trying | will keep trying
    continue to be made | is still trying | delivery is delayed | delivery delayed
    gmail will retry | will retry for | notification about a delay
    could not be delivered for | verzogert | noch nicht zugestellt
    weitere zustellversuche | zustellung wird weiter | remise retardee | remise differee
    pas encore ete | a ete retardee | entrega retrasada | ha retrasado | se ha demorado
    consegna ritardata | in ritardo | recapito ritardato | entrega atrasada | foi adiada
    foi atrasada | vertraagd | vertraging | forsinket | forsenad | fordrojd | viivast
    myohast | opozni | zpozden | oneskor | keseltet | kesedelm | intarzi | задержан
    задержива | отложен | затримано | забавен | καθυστερ | gecik | התעכב | تأخر | 遅延
    遅れて | 延迟 | 延遲 | 지연 | uzkavets | veluoja | hilin"""
)
# What delays do not say: the server has stopped.
ENDED = phrases(
    """given up | i've given up | gave up | will not be retried | not be retried
    no further attempts | permanent error | failed permanently | permanent fatal
    will be deleted from queue | has been removed from the queue"""
)
