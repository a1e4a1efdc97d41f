import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { FormController } from "@web/views/form/form_controller";
import { ListController } from "@web/views/list/list_controller";
import { patch } from "@web/core/utils/patch";

/**
 * Asks whether the pairing of the address that wrote moves along with the customer of a ticket,
 * and hands the answer on with the values that are saved.
 *
 * @param {import("@web/core/dialog/dialog_service").DialogServiceInterface} dialog
 * @param {Record} record
 * @param {Object} changes what is going to be saved
 * @returns {Promise<boolean>} false: nothing is saved
 */
export function askToChangePair(dialog, record, changes) {
    // a lead counts where there is no customer
    const owner = record.data.partner_id || record.data.lead_id;
    const changed = record.data.partner_id ? changes.partner_id : changes.lead_id;
    const asks =
        record.resModel === "helpdesk.ticket" &&
        record.resId &&
        record.data.asks_to_change_pair &&
        changed;
    if (!asks) {
        return Promise.resolve(true);
    }
    return new Promise((resolve) => {
        dialog.add(ConfirmationDialog, {
            title: _t("Change pair for recipient?"),
            body: _t(
                "Yes: %(address)s belongs to %(customer)s from now on, and its tickets move along. No: only this ticket moves.",
                {
                    address: record.data.recipient_id?.display_name || _t("the address that wrote"),
                    customer: owner?.display_name || _t("the new customer"),
                }
            ),
            confirmLabel: _t("Yes"),
            cancelLabel: _t("No"),
            confirm: () => {
                changes.helpdesk_mail_change_pair = true;
                resolve(true);
            },
            cancel: () => resolve(true),
            dismiss: () => resolve(false),
        });
    });
}

patch(FormController.prototype, {
    async onWillSaveRecord(record, changes) {
        if ((await super.onWillSaveRecord(...arguments)) === false) {
            return false;
        }
        return askToChangePair(this.dialogService, record, changes);
    },
});

patch(ListController.prototype, {
    async onWillSaveRecord(record, changes) {
        if ((await super.onWillSaveRecord(...arguments)) === false) {
            return false;
        }
        return askToChangePair(this.dialogService, record, changes);
    },
});
