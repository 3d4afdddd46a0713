namespace Crm.Core;

/// <summary>Addresses of e-mail as people have them: somebody at a domain with a dot.</summary>
public static class MailAddress
{
    /// <summary>Whether a mail could go there. Empty is for other rules to judge.</summary>
    public static bool IsValid(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return true;
        var at = text.LastIndexOf('@');
        if (at <= 0 || text.IndexOf('@', StringComparison.Ordinal) != at || text.Any(c => char.IsWhiteSpace(c) || c is ',' or ';' or '<' or '>')) return false;
        var parts = text[(at + 1)..].Split('.');
        return parts.Length > 1 && parts.All(p => p.Length > 0 && p[0] != '-' && p[^1] != '-' && p.All(c => char.IsLetterOrDigit(c) || c == '-'));
    }
}
