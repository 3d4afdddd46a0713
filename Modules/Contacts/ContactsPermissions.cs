using Crm.Core;

namespace Crm.Contacts;

internal sealed class ContactsPermissions : IPermissionSource
{
    public const string See = "contacts.see";
    public const string Add = "contacts.add";
    public const string Change = "contacts.change";
    public const string Delete = "contacts.delete";
    public const string Purge = "contacts.purge";
    public const string Export = "contacts.export";
    public const string Print = "contacts.print";
    public const string Report = "contacts.report";
    public const string Import = "contacts.import";
    public const string Merge = "contacts.merge";
    public const string SeeCommunications = "contacts.communications.see";
    public const string AddCommunications = "contacts.communications.add";
    public const string ChangeCommunications = "contacts.communications.change";
    public const string DeleteCommunications = "contacts.communications.delete";
    public const string PurgeCommunications = "contacts.communications.purge";
    public const string ExportCommunications = "contacts.communications.export";
    public const string ReportCommunications = "contacts.communications.report";
    public const string PlanFollowUps = "contacts.follow-ups.plan";
    public const string SeeSensitive = "contacts.sensitive.see";
    public const string ManageGroups = "contacts.groups.manage";
    public const string WriteActivityReports = "contacts.activity-reports.write";
    public const string ReviewActivityReports = "contacts.activity-reports.review";
    public const string SeeSuppliers = "contacts.suppliers.see";
    public const string ScoreSuppliers = "contacts.suppliers.score";
    public const string DeleteScores = "contacts.suppliers.delete";
    public const string PurgeScores = "contacts.suppliers.purge";
    public const string ReportSuppliers = "contacts.suppliers.report";
    public const string ManageCriteria = "contacts.suppliers.criteria.manage";
    public const string ManageBaseData = "contacts.base-data.manage";

    public IEnumerable<Permission> Permissions { get; } =
    [
        new(See, "See contacts"),
        new(Add, "Add contacts"),
        new(Change, "Change contacts"),
        new(Delete, "Delete contacts"),
        new(Purge, "Remove contacts for good"),
        new(Export, "Export contacts"),
        new(Print, "Print contacts"),
        new(Report, "See reports over contacts"),
        new(Import, "Import contacts from files, which adds and changes them"),
        new(Merge, "Merge contacts and undo it"),
        new(SeeCommunications, "See communications and follow-ups"),
        new(AddCommunications, "Log communications"),
        new(ChangeCommunications, "Change communications"),
        new(DeleteCommunications, "Delete communications"),
        new(PurgeCommunications, "Remove communications for good"),
        new(ExportCommunications, "Export communications"),
        new(ReportCommunications, "See reports over communications"),
        new(PlanFollowUps, "Plan and finish follow-ups"),
        new(SeeSensitive, "See marital status, marriage date and religion"),
        new(ManageGroups, "Manage groups"),
        new(WriteActivityReports, "Write reports of one's own work"),
        new(ReviewActivityReports, "Review and rate the reports of others"),
        new(SeeSuppliers, "See scores of suppliers"),
        new(ScoreSuppliers, "Score suppliers and mend scores"),
        new(DeleteScores, "Delete scores of suppliers"),
        new(PurgeScores, "Remove scores of suppliers for good"),
        new(ReportSuppliers, "See reports over suppliers"),
        new(ManageCriteria, "Manage criteria of suppliers"),
        new(ManageBaseData, "Manage base data"),
    ];
}
