using System.Security.Cryptography;
using Crm.Platform.Contracts;
using Microsoft.AspNetCore.DataProtection;

namespace Crm.Messaging.Sending;

/// <summary>Opens the texts that are not kept, at the moment of sending.</summary>
internal sealed class SealedTexts(IDataProtectionProvider protection)
{
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector(SystemMailRequested.Purpose).ToTimeLimitedDataProtector();

    /// <summary>The text; null when its time is over, or the keys it was sealed with are gone.</summary>
    public string? Open(string sealedText)
    {
        try
        {
            return _protector.Unprotect(sealedText);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
