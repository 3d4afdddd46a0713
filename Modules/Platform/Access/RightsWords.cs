using Crm.Core;
using Crm.Data;

namespace Crm.Platform.Access;

/// <summary>Scopes, operations and field rules in the words of the pages.</summary>
internal static class RightsWords
{
    /// <summary>Translation keys.</summary>
    public static string Key(Scopes scope) => scope switch
    {
        Scopes.Own => "own records",
        Scopes.Team => "team and those below",
        Scopes.Branch => "branch",
        Scopes.Province => "province",
        Scopes.All => "all records",
        _ => "not at all",
    };

    public static string Key(Operation operation) => operation switch
    {
        Operation.See => "See",
        Operation.Add => "Add",
        Operation.Change => "Change",
        Operation.Delete => "Delete",
        Operation.Purge => "Remove for good",
        Operation.Export => "Export",
        Operation.Print => "Print",
        Operation.Report => "Report",
        _ => "Send",
    };

    public static string Key(FieldRule rule) => rule switch
    {
        FieldRule.Hidden => "hidden",
        FieldRule.ReadOnly => "read-only",
        _ => "open",
    };

    public static string Of(Scopes scope) => Texts.Get(Key(scope));

    public static string Of(FieldRule rule) => Texts.Get(Key(rule));

    /// <summary><c>contacts.nationalId</c> → Contacts – National ID; null for a field that is not declared.</summary>
    public static string? Field(RecordTypes records, string name)
    {
        var at = name.IndexOf('.', StringComparison.Ordinal);
        return at > 0 && records.Find(name[..at]) is { } record && record.Fields.FirstOrDefault(f => f.Name == name[(at + 1)..]) is { } field ? $"{Texts.Get(record.Title)} – {Texts.Get(field.Title)}" : null;
    }
}
