/**
 * What the app's forms use in the Desk, as `imogi_finance.desk`. It is loaded by the forms
 * that need it, not by the Desk itself:
 *
 *   frappe.require(["imogi_finance.bundle.js", "imogi_finance.bundle.css"], () => {
 *     imogi_finance.desk.whenEnded("RUN-00001", "my_form", () => frm.reload_doc());
 *     imogi_finance.desk.showRun("RUN-00001");
 *     imogi_finance.desk.openBatchProgress({ ...imogi_finance.desk.progressOptions(), jobId, container });
 *   });
 */

import { openBatchProgress } from "./batch_progress.js";
import { attachToBankTransaction } from "./desk/bank_transaction_form.js";
import { openHealth } from "./desk/health/health_page.js";
import { openInvoicingHistory } from "./desk/invoicing/history_page.js";
import { attachToOrderList, invoiceOrdersOfList } from "./desk/invoicing/order_list.js";
import { payUnpaidInvoices } from "./desk/pay_dialog.js";
import { followRun, progressOptions, showRun, whenEnded } from "./desk/progress.js";
import { attachToReconciliationTool } from "./desk/reconciliation_tool.js";
import { attachToBatchRun } from "./desk/run_form.js";
import { isLive, mayReconcile, mayWatch, newestRun } from "./desk/runs.js";
import { transport } from "./desk/transport.js";

frappe.provide("imogi_finance");

imogi_finance.desk = {
	attachToBatchRun,
	attachToBankTransaction,
	attachToOrderList,
	attachToReconciliationTool,
	followRun,
	invoiceOrdersOfList,
	isLive,
	mayReconcile,
	mayWatch,
	newestRun,
	openBatchProgress,
	openHealth,
	openInvoicingHistory,
	payUnpaidInvoices,
	progressOptions,
	showRun,
	transport,
	whenEnded,
};
