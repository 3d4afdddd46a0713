using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class MessagePeople : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(MessagePerson.Sql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(MessagePerson.DropSql);
        }
    }
}
