/**
 * A step that waits for as long as Odoo allows: on a busy machine, ten seconds pass before a page
 * is there. At the end of the steps of a tour: `].map(patient),`
 */
export const patient = (step) => ({ timeout: 60000, ...step });
