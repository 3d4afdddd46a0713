using Crm.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Data;

internal sealed class MessagingDb(DbContextOptions<MessagingDb> options, ModuleScope scope) : ModuleDb(options, scope, "messaging")
{
    public DbSet<MessageTemplate> Templates => Set<MessageTemplate>();

    public DbSet<OutgoingMessage> Messages => Set<OutgoingMessage>();

    public DbSet<MessageTry> Tries => Set<MessageTry>();

    public DbSet<Gateway> Gateways => Set<Gateway>();

    public DbSet<AllowedHost> AllowedHosts => Set<AllowedHost>();

    public DbSet<OptOut> OptOuts => Set<OptOut>();
}
